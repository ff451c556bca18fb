namespace Marketplace.Inventory;

/// <summary>What is said of a pool, whether it is created or changed.</summary>
internal static class PoolRules
{
    private const int NameLengthMax = 200;
    private const int ModelLengthMax = 100;
    private const int AcceleratorsMax = 100_000_000;
    private const int DecommissioningDaysMax = 365;

    public static void Check(
        Fields fields,
        string displayName,
        string acceleratorModel,
        int acceleratorCount,
        int nameplateKw,
        int decommissioningDays)
    {
        fields.Text("display_name", displayName, 1, NameLengthMax);
        fields.Text("accelerator_model", acceleratorModel, 0, ModelLengthMax);
        fields.Number("accelerator_count", acceleratorCount, 0, AcceleratorsMax);
        fields.Number("nameplate_kw", nameplateKw, 1, Fields.PowerKwMax);
        fields.Number("decommissioning_days", decommissioningDays, 0, DecommissioningDaysMax);
    }
}

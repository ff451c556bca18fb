using Dapper;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>What is said of pools in the database, beside their books.</summary>
internal static class PoolDescriptionRows
{
    /// <summary>Saves what can change of it. The caller holds the pool's row.</summary>
    public static Task<int> UpdateAsync(Transaction transaction, Pool pool) =>
        transaction.Connection.ExecuteAsync(
            """
            update pool set display_name = @DisplayName, accelerator_model = @AcceleratorModel,
                accelerator_count = @AcceleratorCount, nameplate_kw = @NameplateKw,
                decommissioning_days = @DecommissioningDays, update_time = @UpdateTime
            where pool_id = @PoolId
            """,
            pool);
}

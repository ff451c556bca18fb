using Google.Protobuf.Collections;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Inventory;

/// <summary>Records the power that a provider's own workloads drew.</summary>
internal static class RecordPoolUsage
{
    public const int SamplesMax = 10_000;

    private const int AgeYearsMax = 5;

    // An answer names no more wrong samples: what it says travels in a header.
    private const int WrongSamplesNamedMax = 10;

    public static async Task<V1.UsageReceipt> HandleAsync(
        Transaction transaction, V1.RecordPoolUsageRequest request, Guid organisationId)
    {
        var fields = new Fields();
        var poolId = fields.Id("pool_id", request.PoolId);
        fields.Count("samples", request.Samples.Count, 1, SamplesMax);
        fields.Check();
        var pool = await PoolRows.FindAsync(transaction, poolId, organisationId)
            ?? throw RpcErrors.NotFound("POOL_NOT_FOUND", "pool", request.PoolId);
        var samples = Read(fields, request.Samples, pool, transaction.Now);
        fields.Check();

        await UsageRows.LockAsync(transaction, poolId);
        var (added, replaced, unchanged) = await UsageRows.SaveAsync(transaction, poolId, samples);
        return new()
        {
            PoolId = request.PoolId,
            AddedCount = added,
            ReplacedCount = replaced,
            UnchangedCount = unchanged,
            StartTime = UsageHours.StartOf(samples.Keys.Min()).ToTimestamp(),
            EndTime = UsageHours.StartOf(samples.Keys.Max() + 1).ToTimestamp(),
        };
    }

    private static Dictionary<int, int> Read(
        Fields fields, RepeatedField<V1.UsageSample> samples, Pool pool, Instant now)
    {
        var (firstHour, endHour) = (FirstHour(now), UsageHours.HourAt(now));
        var read = new Dictionary<int, int>(samples.Count);
        var wrongCount = 0;
        for (var i = 0; i < samples.Count; i++)
        {
            if (WrongOf(samples[i], pool, firstHour, endHour) is { } wrong)
            {
                if (wrongCount++ < WrongSamplesNamedMax)
                    fields.Wrong($"samples[{i}].{wrong.Field}", wrong.Reason, wrong.Description);
            }
            else if (!read.TryAdd(HourOf(samples[i]), samples[i].PowerKw) && wrongCount++ < WrongSamplesNamedMax)
            {
                fields.Wrong($"samples[{i}].start_time", "DUPLICATE",
                    $"The hour from {UsageHours.StartOf(HourOf(samples[i]))} is given twice; send each hour once.");
            }
        }
        if (wrongCount > WrongSamplesNamedMax)
            fields.Wrong("samples", "MORE_ERRORS",
                $"{wrongCount} samples are wrong, and the first {WrongSamplesNamedMax} are named; none was recorded.");
        return read;
    }

    private static (string Field, string Reason, string Description)? WrongOf(
        V1.UsageSample sample, Pool pool, int firstHour, int endHour)
    {
        if (!sample.HasPowerKw) return ("power_kw", "REQUIRED", $"Required; in [0, {pool.NameplateKw}].");
        if (sample.PowerKw < 0 || sample.PowerKw > pool.NameplateKw)
            return ("power_kw", "OUT_OF_RANGE",
                $"Is {sample.PowerKw}; must be in [0, {pool.NameplateKw}], the pool's nameplate power.");
        if (sample.StartTime is not { } time) return ("start_time", "REQUIRED", "Required; a whole hour of UTC.");
        if (time.Nanos != 0 || time.Seconds % NodaConstants.SecondsPerHour != 0)
            return ("start_time", "NOT_A_WHOLE_HOUR", "Must be a whole hour of UTC, such as 2026-04-01T17:00:00Z.");
        if (time.Seconds < (long)firstHour * NodaConstants.SecondsPerHour)
            return ("start_time", "OUT_OF_RANGE",
                $"Is before {UsageHours.StartOf(firstHour)}; samples are kept from {AgeYearsMax} years ago on.");
        if (time.Seconds >= (long)endHour * NodaConstants.SecondsPerHour)
            return ("start_time", "IN_FUTURE",
                $"The last hour that is over began at {UsageHours.StartOf(endHour - 1)}; only what was is recorded.");
        return null;
    }

    private static int HourOf(V1.UsageSample sample) => (int)(sample.StartTime.Seconds / NodaConstants.SecondsPerHour);

    private static int FirstHour(Instant now)
    {
        var earliest = now.InUtc().LocalDateTime.PlusYears(-AgeYearsMax).InUtc().ToInstant();
        return UsageHours.HourAt(earliest);
    }
}

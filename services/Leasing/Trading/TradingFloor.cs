using Dapper;
using Marketplace.Leasing.Rpc;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;
using NodaTime;

namespace Marketplace.Leasing.Trading;

/// <summary>Whether the market trades.</summary>
internal static class TradingFloor
{
    /// <summary>Refuses what is not taken while an operator halts TradingFloor.</summary>
    /// <exception cref="Grpc.Core.RpcException">FAILED_PRECONDITION, TRADING_HALTED.</exception>
    public static async Task RequireOpenAsync(Transaction transaction)
    {
        if (await ReadAsync(transaction) is { State: "HALTED" } row)
            throw RpcErrors.FailedPrecondition("TRADING_HALTED", $"An operator has halted trading: {row.Comment}");
    }

    public static async Task<V1.TradingStatus> GetAsync(Transaction transaction, Caller caller) =>
        ToProto(await ReadAsync(transaction), caller);

    public static async Task<V1.TradingStatus> SetAsync(
        Transaction transaction, Caller caller, V1.TradingState state, string comment)
    {
        var now = await ReadAsync(transaction);
        // Open trading stays as it is; nobody has resumed it.
        if (state == V1.TradingState.Open && now is not { State: "HALTED" }) return ToProto(now, caller);
        await transaction.Connection.ExecuteAsync(
            """
            insert into trading_status (state, organisation_id, api_key_id, comment, change_time)
            values (@state, @OrganisationId, @ApiKeyId, @comment, @Now)
            on conflict (is_only) do update set state = excluded.state, organisation_id = excluded.organisation_id,
                api_key_id = excluded.api_key_id, comment = excluded.comment, change_time = excluded.change_time
            """,
            new { state = ProtoNames.Of(state), caller.OrganisationId, caller.ApiKeyId, comment, transaction.Now });
        return ToProto(await ReadAsync(transaction), caller);
    }

    private static Task<Row?> ReadAsync(Transaction transaction) =>
        transaction.Connection.QuerySingleOrDefaultAsync<Row>(
            "select state, organisation_id, api_key_id, comment, change_time from trading_status");

    private static V1.TradingStatus ToProto(Row? row, Caller caller) => row is null
        ? new() { State = V1.TradingState.Open }
        : new()
        {
            State = Domain.Wire.Value<V1.TradingState>(row.State),
            Cause = ProtoMaps.Cause(
                new(row.OrganisationId, row.ApiKeyId, $"TRADING_{(row.State == "OPEN" ? "RESUMED" : "HALTED")}",
                    row.Comment, row.ChangeTime),
                row.ChangeTime,
                caller),
        };

    private sealed class Row
    {
        public string State { get; init; } = "";

        public Guid OrganisationId { get; init; }

        public Guid ApiKeyId { get; init; }

        public string Comment { get; init; } = "";

        public Instant ChangeTime { get; init; }
    }
}

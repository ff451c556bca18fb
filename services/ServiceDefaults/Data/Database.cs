using System.Data;
using Dapper;
using Grpc.Core;
using NodaTime;
using Npgsql;

namespace Marketplace.ServiceDefaults;

/// <summary>The service's own database, as the application role.</summary>
public sealed class Database(NpgsqlDataSource source, MarketClock clock, OutboxSignal outbox)
{
    // Mutating RPCs share the lock; opening the clock window takes it alone and so waits for those under way.
    internal const long ClockWindowLock = 0x43_4C_4F_43;

    static Database()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new InstantHandler());
        SqlMapper.AddTypeHandler(new DateOnlyHandler());
    }

    /// <summary>Begins a transaction of a reader, a consumer or due work.</summary>
    public Task<Transaction> BeginAsync(CancellationToken cancellationToken) =>
        BeginAsync(isMutation: false, IsolationLevel.ReadCommitted, cancellationToken);

    /// <summary>Begins a transaction whose statements all read the same state.</summary>
    public Task<Transaction> BeginSnapshotAsync(CancellationToken cancellationToken) =>
        BeginAsync(isMutation: false, IsolationLevel.RepeatableRead, cancellationToken);

    /// <summary>
    /// Begins a transaction of a mutating RPC that a user calls; it is refused while the market clock is moved.
    /// </summary>
    /// <exception cref="RpcException">UNAVAILABLE, MARKET_CLOCK_MOVING.</exception>
    public Task<Transaction> BeginMutationAsync(CancellationToken cancellationToken) =>
        BeginAsync(isMutation: true, IsolationLevel.ReadCommitted, cancellationToken);

    private async Task<Transaction> BeginAsync(
        bool isMutation, IsolationLevel isolation, CancellationToken cancellationToken)
    {
        // The lock is a statement of its own, so that the next one sees a window opened just before it was had.
        var mayBegin = isMutation ? $"pg_try_advisory_xact_lock_shared({ClockWindowLock})" : "true";
        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            var transaction = await connection.BeginTransactionAsync(isolation, cancellationToken);
            using var opening = await connection.QueryMultipleAsync(
                $"select {mayBegin}; select is_open, market_time from clock_window");
            var isAdmitted = await opening.ReadSingleAsync<bool>();
            var (isOpen, marketTime) = await opening.ReadSingleAsync<(bool, Instant?)>();
            if (isMutation && (!isAdmitted || isOpen || !clock.IsKnown(marketTime is not null)))
                throw RpcErrors.MarketClockMoving();
            return new(connection, transaction, clock.Now(marketTime), outbox);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private sealed class InstantHandler : SqlMapper.TypeHandler<Instant>
    {
        public override Instant Parse(object value) => Instant.FromDateTimeUtc((DateTime)value);

        public override void SetValue(IDbDataParameter parameter, Instant value) =>
            parameter.Value = value.ToDateTimeUtc();
    }

    private sealed class DateOnlyHandler : SqlMapper.TypeHandler<DateOnly>
    {
        public override DateOnly Parse(object value) =>
            value is DateOnly date ? date : DateOnly.FromDateTime((DateTime)value);

        public override void SetValue(IDbDataParameter parameter, DateOnly value)
        {
            parameter.DbType = DbType.Date;
            parameter.Value = value;
        }
    }
}

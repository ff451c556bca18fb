using System.Collections.Concurrent;
using Grpc.Core;
using Marketplace.Client;
using Marketplace.ServiceDefaults;
using ReservationClient = Marketplace.Inventory.V1.CapacityReservationService.CapacityReservationServiceClient;

namespace Marketplace.Inventory;

/// <summary>Calls other replicas of this service.</summary>
internal sealed partial class ReplicaCalls(ServiceChannels channels, TimeProvider time, ILogger<ReplicaCalls> logger)
{
    private const string ForwardedHeader = "marketplace-forwarded";

    private static readonly TimeSpan TellMax = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, (ReservationClient AsCaller, ReservationClient AsService)> clients =
        [];

    /// <summary>Whether a call comes from another replica, and is therefore decided here.</summary>
    public static bool IsForwarded(ServerCallContext context) =>
        context.RequestHeaders.Get(ForwardedHeader) is not null;

    /// <summary>Makes a call to another replica in the name of its caller.</summary>
    /// <returns>Its answer, or null if it cannot be reached.</returns>
    /// <exception cref="RpcException">The other replica's refusal.</exception>
    public async Task<TAnswer?> TryForwardAsync<TAnswer>(
        Replica replica,
        ServerCallContext context,
        TimeSpan answerMax,
        Func<ReservationClient, CallOptions, AsyncUnaryCall<TAnswer>> forward)
        where TAnswer : class
    {
        var headers = new Metadata
        {
            { "authorization", context.RequestHeaders.GetValue("authorization")! },
            { ForwardedHeader, "yes" },
        };
        var deadline = (time.GetUtcNow() + answerMax).UtcDateTime;
        if (context.Deadline < deadline) deadline = context.Deadline;
        try
        {
            return await forward(ClientsOf(replica).AsCaller,
                new(headers, deadline, context.CancellationToken));
        }
        catch (RpcException exception) when (exception.StatusCode
            is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled
            && RpcErrors.DetailsOf(exception) is null && !context.CancellationToken.IsCancellationRequested)
        {
            LogAway(logger, replica.Address, exception.Status.Detail);
            return null;
        }
    }

    /// <summary>Lets another replica know that a provider's books were changed here.</summary>
    public async Task TellAsync(Replica replica, Guid providerId, CancellationToken cancellationToken)
    {
        try
        {
            await ClientsOf(replica).AsService.RefreshBooksAsync(
                new() { ProviderOrganisationId = providerId.ToString() },
                deadline: (time.GetUtcNow() + TellMax).UtcDateTime,
                cancellationToken: cancellationToken);
        }
        catch (RpcException exception)
        {
            // It looks by itself before long.
            LogAway(logger, replica.Address, exception.Status.Detail);
        }
    }

    private (ReservationClient AsCaller, ReservationClient AsService) ClientsOf(Replica replica) =>
        clients.GetOrAdd(replica.Address, address => ServiceAddress.TryParse(address, out var parsed)
            ? (new(ServiceChannels.WithoutKey(parsed)), new(channels.Create(parsed)))
            : throw new InvalidOperationException($"'{address}' of replica {replica.ReplicaId} is not an address."));

    [LoggerMessage(EventId = 1, EventName = "replica.away", Level = LogLevel.Warning,
        Message = "The replica at {Address} cannot be reached: {Reason}")]
    private static partial void LogAway(ILogger logger, string address, string reason);
}

using System.Security.Authentication;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;

namespace Marketplace.Client;

/// <summary>One field of a request that the market refused.</summary>
/// <param name="Field">Its path in proto names, such as <c>terms.tranches[0].capacity_steps[1].start_date</c>.</param>
/// <param name="Description">What is wrong and the way out, for a person.</param>
/// <param name="Reason">The stable reason, such as <c>REQUIRED</c>.</param>
public sealed record FieldViolation(string Field, string Description, string Reason);

/// <summary>
/// What the market said no with, or why it could not be reached. It carries what the service sent as
/// <c>google.rpc.Status</c> in the trailer <c>grpc-status-details-bin</c>; the message is for a person, programs go by
/// <see cref="Reason"/>.
/// </summary>
public sealed class MarketException : RpcException
{
    private const string DetailsTrailer = "grpc-status-details-bin";

    private static readonly Dictionary<string, string> NoMetadata = [];

    private readonly RpcStatus? details;

    private MarketException(RpcException cause, RpcStatus? details, string message, string? requestId)
        : base(cause.Status, cause.Trailers, message)
    {
        this.details = details;
        var info = Detail<ErrorInfo>();
        Reason = info?.Reason ?? "";
        Metadata = info is null ? NoMetadata : new Dictionary<string, string>(info.Metadata);
        FieldViolations =
        [
            .. from violation in Detail<BadRequest>()?.FieldViolations ?? []
               select new FieldViolation(violation.Field, violation.Description, violation.Reason),
        ];
        RetryDelay = Detail<RetryInfo>()?.RetryDelay?.ToTimeSpan();
        RequestId = requestId;
    }

    /// <summary>
    /// The stable reason, such as <c>NOTICE_LOCKED_IN</c>; the comment of the RPC lists its own. Empty: it comes from
    /// no service, for instance because none could be reached.
    /// </summary>
    public string Reason { get; }

    /// <summary>The facts behind the reason, by name, such as <c>firstValidDate</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Every field that is wrong, all at once. Empty: it is not about fields.</summary>
    public IReadOnlyList<FieldViolation> FieldViolations { get; }

    /// <summary>The least time before another attempt helps. Null: the service did not say that one would.</summary>
    public TimeSpan? RetryDelay { get; }

    /// <summary>
    /// The request id that all attempts of a mutating call had. A call with it and the same content has the effect that
    /// was intended, once, whether or not it already had it. Null: the call changes nothing.
    /// </summary>
    public string? RequestId { get; }

    /// <summary>A further detail that the comment of the RPC names, such as <c>CapacityShort</c>.</summary>
    /// <returns>The detail, or null if there is none of this type.</returns>
    public T? Detail<T>()
        where T : class, IMessage<T>, new()
    {
        var descriptor = new T().Descriptor;
        return details?.Details.FirstOrDefault(detail => detail.Is(descriptor)) is { } found
            ? (T)descriptor.Parser.ParseFrom(found.Value)
            : null;
    }

    /// <summary>Whether the same call may succeed when it is made again: what the one retry layer goes by.</summary>
    internal bool IsTransient => StatusCode switch
    {
        StatusCode.Unavailable => !IsWrongCertificate,
        StatusCode.Aborted => RetryDelay is not null,
        StatusCode.DeadlineExceeded => true,
        // A connection that breaks in the middle of an answer gives other codes than one that cannot be opened.
        _ => Status.DebugException is IOException or HttpRequestException && !IsWrongCertificate,
    };

    /// <summary>Makes one from what a call came to.</summary>
    /// <param name="cause">What gRPC throws.</param>
    /// <param name="address">Who was called, for messages that the caller's side makes.</param>
    /// <param name="requestId">The request id of a mutating call.</param>
    internal static MarketException From(RpcException cause, ServiceAddress address, string? requestId)
    {
        if (cause is MarketException already) return already;
        var details = DetailsOf(cause);
        var message = details is null ? $"{address}: {cause.Status.Detail}" : cause.Status.Detail;
        return new(cause, details, message, requestId);
    }

    // A trailer that is not the market's, as a proxy may send it, leaves the status.
    private static RpcStatus? DetailsOf(RpcException cause)
    {
        try
        {
            return cause.Trailers.GetValueBytes(DetailsTrailer) is { } bytes ? RpcStatus.Parser.ParseFrom(bytes) : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    // No attempt makes a certificate right.
    private bool IsWrongCertificate => Status.DebugException is HttpRequestException
    {
        InnerException: AuthenticationException,
    };
}

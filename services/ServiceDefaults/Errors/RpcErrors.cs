using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using GrpcStatus = Grpc.Core.Status;
using RpcStatus = Google.Rpc.Status;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// Makes the errors that go over the wire: a status with a <c>google.rpc.Status</c> that carries a stable reason, the
/// fields and, where a retry helps, its delay. The message speaks to a person; programs go by the reason.
/// </summary>
public static class RpcErrors
{
    /// <summary>The domain of every reason.</summary>
    public const string Domain = "marketplace";

    /// <summary>The trailer that carries the details.</summary>
    public const string DetailsTrailer = "grpc-status-details-bin";

    /// <summary>One wrong field.</summary>
    /// <param name="Field">Its path in proto names.</param>
    /// <param name="Reason">A stable reason.</param>
    /// <param name="Description">What is wrong and the way out.</param>
    public sealed record FieldError(string Field, string Reason, string Description);

    /// <summary>INVALID_ARGUMENT, INVALID_FIELDS: all wrong fields at once.</summary>
    public static RpcException InvalidFields(IReadOnlyCollection<FieldError> fields)
    {
        var badRequest = new BadRequest();
        badRequest.FieldViolations.Add(fields.Select(field => new BadRequest.Types.FieldViolation
        {
            Field = field.Field,
            Reason = field.Reason,
            Description = field.Description,
        }));
        var message = string.Join(" ", fields.Select(field => $"{field.Field}: {field.Description}"));
        return Error(StatusCode.InvalidArgument, "INVALID_FIELDS", message, [], badRequest);
    }

    /// <summary>NOT_FOUND: there is no such resource, or the caller may not see it.</summary>
    public static RpcException NotFound(string reason, string resource, string id) =>
        Error(StatusCode.NotFound, reason, $"There is no {resource} {id} that you may see.", [("id", id)]);

    /// <summary>FAILED_PRECONDITION: the state does not allow it, now or ever.</summary>
    public static RpcException FailedPrecondition(string reason, string message,
        params (string Key, string Value)[] metadata) =>
        Error(StatusCode.FailedPrecondition, reason, message, metadata);

    /// <summary>RESOURCE_EXHAUSTED: there is not enough of something.</summary>
    /// <param name="reason">The stable reason.</param>
    /// <param name="message">For a person.</param>
    /// <param name="detail">A message that says what is short.</param>
    public static RpcException ResourceExhausted(string reason, string message, IMessage? detail = null) =>
        Error(StatusCode.ResourceExhausted, reason, message, [], detail);

    /// <summary>PERMISSION_DENIED: the caller is known and may not.</summary>
    public static RpcException PermissionDenied(string reason, string message) =>
        Error(StatusCode.PermissionDenied, reason, message, []);

    /// <summary>UNAUTHENTICATED: the caller is not known.</summary>
    public static RpcException Unauthenticated(string reason, string message) =>
        Error(StatusCode.Unauthenticated, reason, message, []);

    /// <summary>ABORTED: a race was lost; the call may be made again after the delay.</summary>
    public static RpcException Aborted(string reason, string message, TimeSpan retryDelay) =>
        Error(StatusCode.Aborted, reason, message, [], Retry(retryDelay));

    /// <summary>UNAVAILABLE: the call may be made again after the delay.</summary>
    public static RpcException Unavailable(string reason, string message, TimeSpan retryDelay) =>
        Error(StatusCode.Unavailable, reason, message, [], Retry(retryDelay));

    /// <summary>UNAVAILABLE, MARKET_CLOCK_MOVING.</summary>
    public static RpcException MarketClockMoving() => Unavailable(
        "MARKET_CLOCK_MOVING", "An operator is moving the market clock; try again when it stands.",
            TimeSpan.FromMilliseconds(250));

    /// <summary>Makes an error.</summary>
    public static RpcException Error(
        StatusCode code, string reason, string message, IEnumerable<(string Key, string Value)> metadata,
            params IMessage?[] details)
    {
        var info = new ErrorInfo { Domain = Domain, Reason = reason };
        foreach (var (key, value) in metadata) info.Metadata[key] = value;
        var status = new RpcStatus { Code = (int)code, Message = message, Details = { Any.Pack(info) } };
        status.Details.Add(details.Where(detail => detail is not null).Select(Any.Pack));
        return new(new GrpcStatus(code, message), new Metadata { { DetailsTrailer, status.ToByteArray() } }, message);
    }

    /// <summary>The details that an error carries, or null.</summary>
    public static RpcStatus? DetailsOf(RpcException exception) =>
        exception.Trailers.GetValueBytes(DetailsTrailer) is { } bytes ? RpcStatus.Parser.ParseFrom(bytes) : null;

    /// <summary>The stable reason of an error, or an empty text.</summary>
    public static string ReasonOf(RpcException exception) =>
        DetailsOf(exception)?.Details.FirstOrDefault(detail => detail.Is(ErrorInfo.Descriptor))?.Unpack<ErrorInfo>()
            .Reason ?? "";

    private static RetryInfo Retry(TimeSpan delay) => new() { RetryDelay = Duration.FromTimeSpan(delay) };
}

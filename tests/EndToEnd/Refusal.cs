using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;

namespace Marketplace.EndToEnd.Tests;

/// <summary>How a call was refused, as a client reads it from the answer.</summary>
/// <param name="Code">The status.</param>
/// <param name="Reason">The stable reason.</param>
/// <param name="Field">The field or the term that it names; empty: none.</param>
internal sealed record Refusal(StatusCode Code, string Reason, string Field = "")
{
    public static async Task<Refusal> OfAsync(Func<Task> call) =>
        Of(await Assert.ThrowsAnyAsync<RpcException>(call));

    public static Refusal Of(RpcException exception) => new(
        exception.StatusCode,
        Detail<ErrorInfo>(exception)?.Reason ?? "",
        Detail<BadRequest>(exception)?.FieldViolations.Single().Field
            ?? Detail<PreconditionFailure>(exception)?.Violations.Single().Subject ?? "");

    public static T? Detail<T>(RpcException exception)
        where T : class, IMessage, new()
    {
        var bytes = exception.Trailers.GetValueBytes("grpc-status-details-bin");
        var details = bytes is null ? [] : Google.Rpc.Status.Parser.ParseFrom(bytes).Details;
        return details.FirstOrDefault(detail => detail.Is(new T().Descriptor)) is { } found
            ? (T)new T().Descriptor.Parser.ParseFrom(found.Value)
            : null;
    }
}

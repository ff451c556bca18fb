using Google.Rpc;
using Grpc.Core;
using Marketplace.ServiceDefaults;

namespace Marketplace.Leasing.Tests;

/// <summary>Asserts that a call is refused as it is documented.</summary>
internal static class Refused
{
    public static async Task<RpcException> WithAsync(Grpc.Core.StatusCode code, string reason, Func<Task> call)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal((code, reason), (exception.StatusCode, RpcErrors.ReasonOf(exception)));
        return exception;
    }

    public static Task<RpcException> WithAsync<T>(Grpc.Core.StatusCode code, string reason, AsyncUnaryCall<T> call) =>
        WithAsync(code, reason, async () => await call);

    public static Task<RpcException> NotFoundAsync<T>(string reason, AsyncUnaryCall<T> call) =>
        WithAsync(Grpc.Core.StatusCode.NotFound, reason, call);

    public static Task<RpcException> PreconditionAsync<T>(string reason, AsyncUnaryCall<T> call) =>
        WithAsync(Grpc.Core.StatusCode.FailedPrecondition, reason, call);

    public static IEnumerable<string> Fields(RpcException exception) =>
        Detail<BadRequest>(exception).FieldViolations.Select(violation => violation.Field);

    public static T Detail<T>(RpcException exception)
        where T : Google.Protobuf.IMessage, new() =>
        RpcErrors.DetailsOf(exception)!.Details.Single(detail => detail.Is(new T().Descriptor)).Unpack<T>();
}

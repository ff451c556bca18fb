using Google.Rpc;
using Grpc.Core;
using Marketplace.ServiceDefaults;

namespace Marketplace.Accounts.Tests;

/// <summary>Looks at how a call was refused.</summary>
internal static class Refusal
{
    public static async Task<RpcException> OfAsync(Func<Task> call, StatusCode code, string reason)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal((code, reason), (exception.StatusCode, RpcErrors.ReasonOf(exception)));
        return exception;
    }

    public static Task<RpcException> OfAsync<T>(AsyncUnaryCall<T> call, StatusCode code, string reason) =>
        OfAsync(() => call.ResponseAsync, code, reason);

    public static async Task<IEnumerable<string>> FieldsOfAsync<T>(AsyncUnaryCall<T> call)
    {
        var exception = await OfAsync(call, StatusCode.InvalidArgument, "INVALID_FIELDS");
        return DetailOf<BadRequest>(exception).FieldViolations.Select(violation => violation.Field).Order();
    }

    public static T DetailOf<T>(RpcException exception)
        where T : Google.Protobuf.IMessage, new()
    {
        var details = RpcErrors.DetailsOf(exception)!.Details;
        return details.First(detail => detail.Is(new T().Descriptor)).Unpack<T>();
    }
}

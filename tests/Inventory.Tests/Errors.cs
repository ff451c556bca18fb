using Grpc.Core;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory.Tests;

/// <summary>What a refused call has to say.</summary>
internal static class Errors
{
    public static async Task<RpcException> RefusedAsync<T>(StatusCode code, string reason, AsyncUnaryCall<T> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
        Assert.Equal((code, reason), (error.StatusCode, RpcErrors.ReasonOf(error)));
        return error;
    }

    public static async Task FieldRefusedAsync<T>(string field, AsyncUnaryCall<T> call)
    {
        var error = await RefusedAsync(StatusCode.InvalidArgument, "INVALID_FIELDS", call);
        var badRequest =
            RpcErrors.DetailsOf(error)!.Details.Single(detail => detail.Is(Google.Rpc.BadRequest.Descriptor));
        Assert.Contains(
            field, badRequest.Unpack<Google.Rpc.BadRequest>().FieldViolations.Select(violation => violation.Field));
    }

    public static async Task<V1.CapacityShort> ShortAsync<T>(AsyncUnaryCall<T> call) =>
        ShortOf(await RefusedAsync(StatusCode.ResourceExhausted, "CAPACITY_SHORT", call));

    public static V1.CapacityShort ShortOf(RpcException error) =>
        RpcErrors.DetailsOf(error)!.Details.Single(
            detail => detail.Is(V1.CapacityShort.Descriptor)).Unpack<V1.CapacityShort>();
}

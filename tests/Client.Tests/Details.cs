using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;

namespace Marketplace.Client.Tests;

/// <summary>Makes errors as the services send them.</summary>
internal static class Details
{
    public static RpcException Error(StatusCode code, string reason, params IMessage[] details)
    {
        var info = new ErrorInfo { Domain = "marketplace", Reason = reason, Metadata = { ["id"] = "7" } };
        var status = new RpcStatus { Code = (int)code, Message = "No.", Details = { Any.Pack(info) } };
        status.Details.Add(details.Select(Any.Pack));
        return new(new(code, "No."), new Metadata { { "grpc-status-details-bin", status.ToByteArray() } });
    }

    public static RetryInfo RetryAfter(TimeSpan delay) => new() { RetryDelay = Duration.FromTimeSpan(delay) };
}

using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Grpc.Core;

namespace Marketplace.ServiceDefaults;

/// <summary>What a mutating call is known by when it is made again.</summary>
/// <param name="OrganisationId">The organisation that calls; request ids are its own.</param>
/// <param name="RequestId">The id that it gave the intended effect.</param>
/// <param name="Method">The RPC.</param>
/// <param name="ContentHash">Of the method and the request without its id.</param>
public sealed record RequestKey(Guid OrganisationId, Guid RequestId, string Method, byte[] ContentHash)
{
    /// <summary>The key of a call.</summary>
    /// <param name="request">The request; it has a field <c>request_id</c>.</param>
    /// <param name="context">The call.</param>
    /// <exception cref="RpcException">INVALID_ARGUMENT: the id is not a UUID.</exception>
    public static RequestKey Of<TRequest>(TRequest request, ServerCallContext context)
        where TRequest : IMessage<TRequest>, IDeepCloneable<TRequest>
    {
        var field = request.Descriptor.FindFieldByName("request_id");
        if (!RequestRules.IsId((string)field.Accessor.GetValue(request), out var requestId) || requestId == Guid.Empty)
            throw RpcErrors.InvalidFields(
                [new("request_id", "REQUIRED", "Must be a UUID that you make once for each intended effect.")]);
        var content = request.Clone();
        field.Accessor.Clear(content);
        var hash = SHA256.HashData([.. Encoding.UTF8.GetBytes(context.Method), 0, .. content.ToByteArray()]);
        return new(context.Caller().OrganisationId, requestId, context.Method, hash);
    }

    /// <summary>Whether another call with the same id wants the same.</summary>
    public bool IsSameAs(string method, byte[] contentHash) =>
        Method == method && ContentHash.AsSpan().SequenceEqual(contentHash);

    /// <summary>FAILED_PRECONDITION, REQUEST_ID_REUSED.</summary>
    public RpcException Reused() => RpcErrors.FailedPrecondition("REQUEST_ID_REUSED",
        "The request_id was used for another call; make a new one for each intended effect.",
            ("request_id", RequestId.ToString()));
}

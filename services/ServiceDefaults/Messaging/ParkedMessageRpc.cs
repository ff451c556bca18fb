using Grpc.Core;
using Marketplace.Operations.V1;

namespace Marketplace.ServiceDefaults;

/// <summary>Lets operators list, see and replay the parked messages of this service.</summary>
internal sealed class ParkedMessageRpc(Idempotent idempotent, ParkedMessages parked, ParkedMessageReplay replay)
    : ParkedMessageService.ParkedMessageServiceBase
{
    public override async Task<ListParkedMessagesResponse> ListParkedMessages(ListParkedMessagesRequest request,
        ServerCallContext context)
    {
        var page = Page.Of(request.PageSize, request.PageToken);
        var state = request.State == ParkedMessageState.Replayed ? "REPLAYED" : "PARKED";
        var name = request.MessageName.Length == 0 ? null : request.MessageName;
        var messages = await parked.ListAsync(state, name, page.After, page.Size + 1, context.CancellationToken);
        var response = new ListParkedMessagesResponse();
        response.ParkedMessages.Add(messages.Take(page.Size));
        response.NextPageToken =
            page.NextToken(messages.Count, () => Guid.Parse(messages[page.Size - 1].ParkedMessageId));
        return response;
    }

    public override async Task<ParkedMessage> GetParkedMessage(GetParkedMessageRequest request,
        ServerCallContext context) =>
        await parked.FindAsync(RequestRules.Id("parked_message_id", request.ParkedMessageId), context.CancellationToken)
            ?? throw RpcErrors.NotFound("PARKED_MESSAGE_NOT_FOUND", "parked message", request.ParkedMessageId);

    public override async Task<ParkedMessage> ReplayParkedMessage(ReplayParkedMessageRequest request,
        ServerCallContext context)
    {
        var message = await idempotent.RunAsync(request, context, ParkedMessage.Parser, transaction =>
            replay.ReplayAsync(transaction, RequestRules.Id("parked_message_id", request.ParkedMessageId),
                context.CancellationToken));
        // Also for a call that is repeated, since the first may have ended before this.
        await replay.FollowAsync(message, context.CancellationToken);
        return message;
    }
}

using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Marketplace.Client;

/// <summary>The request ids that make it safe to repeat a call.</summary>
internal static class RequestIds
{
    private const string FieldName = "request_id";

    public static string New() => Guid.CreateVersion7().ToString();

    /// <summary>
    /// The request as it is sent, and its id if it is one that changes something. The caller's own request stays as it
    /// is: used for another call, it is to have another effect.
    /// </summary>
    public static (TRequest Request, string? RequestId) Ensure<TRequest>(TRequest request)
        where TRequest : class
    {
        if (request is not IMessage message || FieldOf(message) is not { } field) return (request, null);
        if (field.Accessor.GetValue(message) is string { Length: > 0 } given) return (request, given);
        var copy = message.Descriptor.Parser.ParseFrom(message.ToByteArray());
        var requestId = New();
        field.Accessor.SetValue(copy, requestId);
        return ((TRequest)copy, requestId);
    }

    private static FieldDescriptor? FieldOf(IMessage message) =>
        message.Descriptor.FindFieldByName(FieldName) is { FieldType: FieldType.String, IsRepeated: false } field
            ? field
            : null;
}

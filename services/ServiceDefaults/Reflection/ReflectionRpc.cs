using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;
using Microsoft.Extensions.Hosting;
using static Grpc.Reflection.V1.ServerReflectionRequest;

namespace Marketplace.ServiceDefaults;

/// <summary>The standard reflection protocol, for tools that do not have the proto files; only in a sandbox.</summary>
internal sealed class ReflectionRpc(DescribedServices services, IHostApplicationLifetime lifetime)
    : ServerReflection.ServerReflectionBase
{
    public override Task ServerReflectionInfo(IAsyncStreamReader<ServerReflectionRequest> requestStream,
        IServerStreamWriter<ServerReflectionResponse> responseStream, ServerCallContext context) =>
        // A tool may keep its stream open for as long as it runs; the service ends before it.
        OpenStreams.RunAsync(context, lifetime, async cancellationToken =>
        {
            var carried = new HashSet<string>();
            await foreach (var question in requestStream.ReadAllAsync(cancellationToken))
                await responseStream.WriteAsync(Answer(question, carried), cancellationToken);
        });

    private ServerReflectionResponse Answer(ServerReflectionRequest question, HashSet<string> carried)
    {
        var answer = new ServerReflectionResponse { ValidHost = question.Host, OriginalRequest = question };
        switch (question.MessageRequestCase)
        {
            case MessageRequestOneofCase.FileByFilename:
                Carry(services.FindFile(question.FileByFilename), $"file {question.FileByFilename}");
                break;
            case MessageRequestOneofCase.FileContainingSymbol:
                Carry(services.FindDeclaring(question.FileContainingSymbol), question.FileContainingSymbol);
                break;
            case MessageRequestOneofCase.FileContainingExtension:
                var (type, number) = (question.FileContainingExtension.ContainingType,
                    question.FileContainingExtension.ExtensionNumber);
                Carry(services.FindExtension(type, number), $"extension {number} of {type}");
                break;
            case MessageRequestOneofCase.AllExtensionNumbersOfType:
                var extended = question.AllExtensionNumbersOfType;
                if (services.FindExtensionNumbers(extended) is { } numbers)
                    answer.AllExtensionNumbersResponse = new()
                    {
                        BaseTypeName = extended,
                        ExtensionNumber = { numbers },
                    };
                else answer.ErrorResponse = NotFound($"message {extended}");
                break;
            case MessageRequestOneofCase.ListServices:
                answer.ListServicesResponse = new()
                {
                    Service = { services.Names.Select(name => new ServiceResponse { Name = name }) },
                };
                break;
            default:
                answer.ErrorResponse = new()
                {
                    ErrorCode = (int)StatusCode.InvalidArgument,
                    ErrorMessage = "The request asks nothing: set one field of message_request.",
                };
                break;
        }
        return answer;

        void Carry(FileDescriptor? file, string what)
        {
            if (file is null)
            {
                answer.ErrorResponse = NotFound(what);
                return;
            }
            // What is asked for again is sent again; what it imports is known from the first time.
            var files = DescribedServices.WithImports([file])
                .Where(sent => carried.Add(sent.Name) || sent == file).Select(sent => sent.SerializedData);
            answer.FileDescriptorResponse = new() { FileDescriptorProto = { files } };
        }
    }

    private static ErrorResponse NotFound(string what) => new()
    {
        ErrorCode = (int)StatusCode.NotFound,
        ErrorMessage = $"There is no {what} among what this service offers.",
    };
}

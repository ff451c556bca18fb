using System.IO.Compression;
using System.Net.Http.Headers;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Compression;
using Marketplace.PackageStandIns.Tests.Protos;
using Microsoft.AspNetCore.Builder;

namespace Marketplace.PackageStandIns.Tests;

public sealed class CompressionTests
{
    private static readonly ByteString Payload = ByteString.CopyFrom(new byte[200_000]);

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Message_CompressedBothWays_IsTheSame(string encoding)
    {
        await using var server = await EchoServer.StartAsync(Setup(encoding));

        var reply = await server.Client.UnaryAsync(new EchoRequest { Payload = Payload }, Compressed(encoding));

        Assert.Equal(Payload, reply.Payload);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Request_Compressed_IsCompressedOnTheWire(string encoding)
    {
        var wire = new Wire();
        await using var server = await EchoServer.StartAsync(Setup(encoding, wire));

        await server.Client.UnaryAsync(new EchoRequest { Payload = Payload }, Compressed(encoding));

        Assert.Equal((encoding, true), (wire.RequestEncoding, wire.RequestIsCompressed));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Response_Compressed_NamesItsEncoding(string encoding)
    {
        var wire = new Wire();
        await using var server = await EchoServer.StartAsync(Setup(encoding, wire));

        await server.Client.UnaryAsync(new EchoRequest { Payload = Payload });

        Assert.Equal(encoding, wire.ResponseEncoding);
    }

    [Fact]
    public async Task Request_NoCompress_IsNotCompressedOnTheWire()
    {
        var wire = new Wire();
        await using var server = await EchoServer.StartAsync(Setup("gzip", wire));
        var options = new CallOptions(Compressed("gzip"), writeOptions: new WriteOptions(WriteFlags.NoCompress));

        await server.Client.UnaryAsync(new EchoRequest { Payload = Payload }, options);

        Assert.False(wire.RequestIsCompressed);
    }

    [Fact]
    public async Task Response_NoCompress_IsTheSame()
    {
        await using var server = await EchoServer.StartAsync(Setup("gzip"));

        var reply = await server.Client.UnaryAsync(new EchoRequest { Payload = Payload, Act = Act.DoNotCompress });

        Assert.Equal(Payload, reply.Payload);
    }

    [Fact]
    public async Task Stream_SomeMessagesCompressed_AreTheSame()
    {
        await using var server = await EchoServer.StartAsync(Setup("gzip"));
        using var call = server.Client.Chat(Compressed("gzip"));

        await call.RequestStream.WriteAsync(new EchoRequest { Payload = Payload });
        call.RequestStream.WriteOptions = new WriteOptions(WriteFlags.NoCompress | WriteFlags.BufferHint);
        await call.RequestStream.WriteAsync(new EchoRequest { Payload = Payload });
        await call.RequestStream.CompleteAsync();

        var payloads = await call.ResponseStream.ReadAllAsync().Select(reply => reply.Payload).ToListAsync();
        Assert.Equal([Payload, Payload], payloads);
    }

    private static Metadata Compressed(string encoding) => new() { { "grpc-internal-encoding-request", encoding } };

    private static EchoServerSetup Setup(string encoding, Wire? wire = null)
    {
        wire ??= new Wire();
        ICompressionProvider[] providers =
        [
            new GzipCompressionProvider(CompressionLevel.Fastest),
            new DeflateCompressionProvider(CompressionLevel.Fastest),
        ];
        return new EchoServerSetup
        {
            Grpc = grpc =>
            {
                grpc.CompressionProviders = providers;
                grpc.ResponseCompressionAlgorithm = encoding;
            },
            Channel = channel =>
            {
                channel.CompressionProviders = providers;
                channel.HttpHandler = wire;
            },
            Map = app => app.Use(async (context, next) =>
            {
                // The first byte of a message on the wire says whether it is compressed. It is left to be read again.
                var body = context.Request.BodyReader;
                var read = await body.ReadAsync();
                wire.RequestIsCompressed = read.Buffer.FirstSpan[0] == 1;
                body.AdvanceTo(read.Buffer.Start);
                await next(context);
            }),
        };
    }

    /// <summary>Shows what goes over the wire below the channel.</summary>
    private sealed class Wire() : DelegatingHandler(new SocketsHttpHandler())
    {
        public string? RequestEncoding { get; private set; }

        public bool? RequestIsCompressed { get; set; }

        public string? ResponseEncoding { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            RequestEncoding = Encoding(request.Headers);
            var response = await base.SendAsync(request, cancellationToken);
            ResponseEncoding = Encoding(response.Headers);
            return response;
        }

        private static string? Encoding(HttpHeaders headers) =>
            headers.TryGetValues("grpc-encoding", out var values) ? string.Join(',', values) : null;
    }
}

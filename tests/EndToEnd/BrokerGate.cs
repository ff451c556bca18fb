using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Marketplace.EndToEnd.Tests;

/// <summary>
/// Stands between a service and RabbitMQ and lets through as many published messages as a test says; whatever follows
/// waits. All else passes: the service sees a broker that is slow to take its messages.
/// </summary>
internal sealed class BrokerGate : IAsyncDisposable
{
    private const int DefaultPort = 5672;

    // AMQP 0-9-1: a connection begins with a header; then come frames of type, channel, size, payload and an end mark.
    private const int HeaderBytes = 8;
    private const int FrameHeaderBytes = 7;
    private const byte MethodFrame = 1;
    private const uint BasicPublish = (60 << 16) | 40;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closing = new();
    private readonly Uri broker;
    private readonly Task serving;
    private volatile TaskCompletionSource opened = new();
    private int left = int.MaxValue;
    private int waiting;

    public BrokerGate(Uri broker)
    {
        this.broker = broker;
        listener.Start();
        Uri = new UriBuilder(broker) { Host = "127.0.0.1", Port = ((IPEndPoint)listener.LocalEndpoint).Port }.Uri;
        serving = ServeAsync();
    }

    /// <summary>What the service takes for the broker.</summary>
    public Uri Uri { get; }

    /// <summary>Whether a message waits.</summary>
    public bool HasWaiting => Volatile.Read(ref waiting) > 0;

    /// <summary>Lets so many more messages through, and then none.</summary>
    public void LetThrough(int count)
    {
        Volatile.Write(ref left, count);
        opened.TrySetResult();
        opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Open() => LetThrough(int.MaxValue);

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        listener.Stop();
        await serving;
        closing.Dispose();
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(PassAsync(await listener.AcceptTcpClientAsync(closing.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task PassAsync(TcpClient service)
    {
        using (service)
        using (var server = new TcpClient())
        {
            await server.ConnectAsync(broker.Host, broker.IsDefaultPort ? DefaultPort : broker.Port, closing.Token);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(closing.Token);
            var forth = PassFramesAsync(service.GetStream(), server.GetStream(), ended.Token);
            var back = server.GetStream().CopyToAsync(service.GetStream(), ended.Token);
            // When one side goes away, as a killed service does, the other is told so.
            await Task.WhenAny(forth, back);
            await ended.CancelAsync();
            try
            {
                await Task.WhenAll(forth, back);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // That is how a connection ends here.
            }
        }
    }

    private async Task PassFramesAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        var frame = new byte[HeaderBytes];
        await from.ReadExactlyAsync(frame, cancellationToken);
        await to.WriteAsync(frame, cancellationToken);
        while (true)
        {
            Array.Resize(ref frame, FrameHeaderBytes);
            await from.ReadExactlyAsync(frame, cancellationToken);
            var size = BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(3));
            Array.Resize(ref frame, FrameHeaderBytes + size + 1);
            await from.ReadExactlyAsync(frame.AsMemory(FrameHeaderBytes), cancellationToken);
            if (frame[0] == MethodFrame
                && BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(FrameHeaderBytes)) == BasicPublish)
                await WaitAsync(cancellationToken);
            await to.WriteAsync(frame, cancellationToken);
        }
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        var open = opened;
        while (Interlocked.Decrement(ref left) < 0)
        {
            Interlocked.Increment(ref waiting);
            try
            {
                await open.Task.WaitAsync(cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref waiting);
            }
            open = opened;
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace Marketplace.Client.Tests;

/// <summary>
/// Stands between the client and a service: a test can cut its connections, and keep answers back so that a call is
/// cut after the service has done what it asks.
/// </summary>
internal sealed class ConnectionGate : IAsyncDisposable
{
    private const int BufferBytes = 16 * 1024;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closing = new();
    private readonly Uri service;
    private readonly Task serving;
    private readonly Lock guard = new();
    private CancellationTokenSource cut = new();
    private volatile bool keepsAnswersBack;
    private int connections;

    public ConnectionGate(Uri service)
    {
        this.service = service;
        listener.Start();
        Uri = new($"http://{listener.LocalEndpoint}");
        serving = ServeAsync();
    }

    /// <summary>What the client takes for the service.</summary>
    public Uri Uri { get; }

    /// <summary>How many connections there have been.</summary>
    public int Connections => Volatile.Read(ref connections);

    /// <summary>From now on nothing comes back from the service, until the connections are cut.</summary>
    public void KeepAnswersBack() => keepsAnswersBack = true;

    /// <summary>Ends all connections as a broken cable would; new ones get through, with their answers.</summary>
    public void Cut()
    {
        CancellationTokenSource before;
        lock (guard) (before, cut) = (cut, new());
        keepsAnswersBack = false;
        before.Cancel();
        before.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        listener.Stop();
        await serving;
        closing.Dispose();
        cut.Dispose();
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

    private async Task PassAsync(TcpClient caller)
    {
        Interlocked.Increment(ref connections);
        CancellationToken broken;
        lock (guard) broken = cut.Token;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(closing.Token, broken);
        using (caller)
        using (var server = new TcpClient())
        {
            // No goodbye: the other side learns of it as of a broken cable.
            caller.LingerState = new(enable: true, seconds: 0);
            try
            {
                await server.ConnectAsync(service.Host, service.Port, ended.Token);
                var forth = CopyAsync(caller.GetStream(), server.GetStream(), () => true, ended.Token);
                var back = CopyAsync(server.GetStream(), caller.GetStream(), () => !keepsAnswersBack, ended.Token);
                await Task.WhenAny(forth, back);
                await ended.CancelAsync();
                await Task.WhenAll(forth, back);
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // That is how a connection ends here.
            }
        }
    }

    private static async Task CopyAsync(
        NetworkStream from, NetworkStream to, Func<bool> passes, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        while (await from.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            if (passes()) await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
    }
}

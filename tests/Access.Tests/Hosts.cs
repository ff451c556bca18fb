using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;
using Marketplace.TestServers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.Access.Tests;

/// <summary>All services as they run, each with a database of its own, with keys that the tests make.</summary>
public sealed class Hosts : IAsyncLifetime
{
    private static readonly Dictionary<string, (Type Assembly, Func<string[], ServiceHost> Compose)> Services = new()
    {
        ["accounts"] = (typeof(Accounts.Program), Accounts.Program.Compose),
        ["inventory"] = (typeof(Inventory.Program), Inventory.Program.Compose),
        ["leasing"] = (typeof(Leasing.Program), Leasing.Program.Compose),
        ["billing"] = (typeof(Billing.BillingService), Billing.BillingService.Compose),
    };

    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create<byte[]>(value => value, value => value);

    private readonly Dictionary<string, Uri> addresses = Services.Keys.ToDictionary(name => name, _ => FreeAddress());
    private readonly Dictionary<string, GrpcChannel> channels = [];
    private readonly List<TestDatabase> databases = [];
    private readonly List<WebApplication> apps = [];
    private readonly string folder = Directory.CreateTempSubdirectory("access-test").FullName;
    private TestVirtualHost broker = null!;

    internal Keys Keys { get; } = new();

    public async Task InitializeAsync()
    {
        broker = await Servers.CreateVirtualHostAsync("access");
        var serviceKeyFile = Path.Combine(folder, "called.key");
        await File.WriteAllTextAsync(serviceKeyFile, Keys.Valid(Role.Service, Keys.Scopes));
        foreach (var (name, (type, compose)) in Services)
        {
            var database = await Servers.CreateDatabaseAsync(name);
            databases.Add(database);
            await Migrations.ApplyAsync(database.OwnerConnectionString, database.ApplicationRole, type.Assembly,
                NullLogger.Instance, CancellationToken.None);
            var host = compose(
            [
                $"--MARKETPLACE_LISTEN={addresses[name].Authority}",
                $"--MARKETPLACE_DATABASE={database.ApplicationConnectionString};Maximum Pool Size=10",
                $"--MARKETPLACE_BROKER={broker.Uri}",
                $"--MARKETPLACE_KEYS_FOLDER={folder}",
                $"--MARKETPLACE_SERVICE_KEY_FILE={serviceKeyFile}",
                "--MARKETPLACE_CLOCK=production",
                "--Logging:LogLevel:Default=None",
                .. addresses.Select(pair => $"--MARKETPLACE_{pair.Key.ToUpperInvariant()}={pair.Value}"),
            ]);
            host.Services.AddSingleton<IKeyResolver>(Keys);
            apps.Add(host.Build());
            await apps[^1].StartAsync();
            channels[name] = GrpcChannel.ForAddress(addresses[name]);
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var channel in channels.Values) channel.Dispose();
        foreach (var app in Enumerable.Reverse(apps))
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
        await broker.DisposeAsync();
        foreach (var database in databases) await database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Calls an RPC; of a stream the first message is enough.</summary>
    /// <param name="rpc">The RPC.</param>
    /// <param name="authorization">What the header says; null: there is none.</param>
    /// <param name="request">The request; empty unless given.</param>
    internal async Task<(StatusCode Code, string Reason)> CallAsync(
        HostedRpc rpc, string? authorization, byte[]? request = null)
    {
        var headers = new Metadata();
        if (authorization is not null) headers.Add("authorization", authorization);
        var options = new CallOptions(headers, TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30));
        var type = rpc.Method.IsServerStreaming ? MethodType.ServerStreaming : MethodType.Unary;
        var method = new Method<byte[], byte[]>(type, rpc.Method.Service.FullName, rpc.Method.Name, Bytes, Bytes);
        var invoker = channels[rpc.Host].CreateCallInvoker();
        try
        {
            if (rpc.Method.IsServerStreaming)
            {
                using var stream = invoker.AsyncServerStreamingCall(method, null, options, request ?? []);
                await stream.ResponseStream.MoveNext(CancellationToken.None);
            }
            else
            {
                await invoker.AsyncUnaryCall(method, null, options, request ?? []);
            }
            return (StatusCode.OK, "");
        }
        catch (RpcException refusal)
        {
            return (refusal.StatusCode, RpcErrors.ReasonOf(refusal));
        }
    }

    private static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new($"http://{listener.LocalEndpoint}");
    }
}

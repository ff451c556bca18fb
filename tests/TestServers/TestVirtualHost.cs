using System.Net;
using System.Net.Http.Json;
using System.Text;

namespace Marketplace.TestServers;

/// <summary>
/// A virtual host of RabbitMQ for one test assembly. It is made over the broker's HTTP interface, which is on the AMQP
/// port + 10000: the one means that the private broker, a container and a given broker have in common.
/// </summary>
public sealed class TestVirtualHost : IAsyncDisposable
{
    private static readonly TimeSpan RequestDurationMax = TimeSpan.FromSeconds(30);

    private readonly HttpClient http;

    private TestVirtualHost(HttpClient http, Uri broker, string name)
    {
        this.http = http;
        Name = name;
        Uri = new UriBuilder(broker) { Path = name }.Uri;
    }

    /// <summary>Such as <c>test_leasing_0199...</c>.</summary>
    public string Name { get; }

    /// <summary>Connects to it as the broker's administrator: <c>amqp://user:password@host:port/name</c>.</summary>
    public Uri Uri { get; }

    /// <summary>Removes it with its queues and exchanges, and closes the connections to it.</summary>
    public async ValueTask DisposeAsync()
    {
        await DeleteAsync(http, Name, CancellationToken.None);
        http.Dispose();
    }

    internal static async Task<TestVirtualHost> CreateAsync(
        Uri broker, Uri brokerHttp, string name, CancellationToken cancellationToken)
    {
        var http = HttpTo(broker, brokerHttp);
        var host = new TestVirtualHost(http, broker, TestName.New(name));
        try
        {
            var present = await http.GetFromJsonAsync<VirtualHost[]>("vhosts?columns=name", cancellationToken);
            foreach (var stale in present!.Where(other => TestName.IsStale(other.Name)))
                await DeleteAsync(http, stale.Name, cancellationToken);
            using var made = await http.PutAsync($"vhosts/{host.Name}", null, cancellationToken);
            made.EnsureSuccessStatusCode();
            using var granted = await http.PutAsJsonAsync(
                $"permissions/{host.Name}/{broker.UserInfo.Split(':')[0]}",
                new { configure = ".*", write = ".*", read = ".*" }, cancellationToken);
            granted.EnsureSuccessStatusCode();
            return host;
        }
        catch (HttpRequestException exception)
        {
            http.Dispose();
            throw new ServersUnavailableException(
                $"""
                The tests make virtual hosts over RabbitMQ's HTTP interface, and it did not do so at {brokerHttp}:
                {exception.Message}
                Give a broker with the plugin rabbitmq_management and the tag 'administrator' for its user, or unset
                {ServerAddresses.RabbitMqVariable}; './market test' then starts one.
                """,
                exception);
        }
    }

    internal static HttpClient HttpTo(Uri broker, Uri brokerHttp)
    {
        var credentials = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(broker.UserInfo));
        var http = new HttpClient { BaseAddress = new(brokerHttp, "/api/"), Timeout = RequestDurationMax };
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(credentials));
        return http;
    }

    // Another process may have removed it meanwhile.
    private static async Task DeleteAsync(HttpClient http, string name, CancellationToken cancellationToken)
    {
        using var deleted = await http.DeleteAsync(new Uri($"vhosts/{name}", UriKind.Relative), cancellationToken);
        if (deleted.StatusCode != HttpStatusCode.NotFound) deleted.EnsureSuccessStatusCode();
    }

    private sealed record VirtualHost(string Name);
}

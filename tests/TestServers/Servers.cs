namespace Marketplace.TestServers;

/// <summary>
/// The PostgreSQL and the RabbitMQ that tests run against: those of <c>MARKETPLACE_POSTGRES</c> and
/// <c>MARKETPLACE_RABBITMQ</c>; else, for RabbitMQ, a container of this process where Docker answers; else the private
/// servers of the checkout, which are started. Without any, everything here fails and names <c>./market test</c>.
/// </summary>
/// <remarks>
/// Databases and virtual hosts are made for one test assembly: keep them in a fixture that its tests share. What a
/// process that died left behind is removed a day later. Any number of test processes may run at the same time.
/// </remarks>
public static class Servers
{
    private static readonly Lazy<Task<ServerAddresses>> Addresses = new(ServerAddresses.FindAsync);

    /// <summary>Connects to PostgreSQL as its administrator, in the database "postgres".</summary>
    /// <returns>A connection string for Npgsql.</returns>
    /// <exception cref="ServersUnavailableException">There is no server, and none could be started.</exception>
    public static async Task<string> GetPostgresAsync() => (await FindAsync()).Postgres;

    /// <summary>Connects to RabbitMQ as its administrator, in the virtual host that all test processes share.</summary>
    /// <returns>An address such as <c>amqp://user:password@127.0.0.1:5672</c>.</returns>
    /// <exception cref="ServersUnavailableException">There is no server, and none could be started.</exception>
    public static async Task<Uri> GetRabbitMqAsync() => (await FindAsync()).RabbitMq;

    /// <summary>Makes an empty database of a service, with an owner and an application role.</summary>
    /// <param name="service">Lower-case letters, digits and underscores, at most 20: "leasing".</param>
    /// <param name="cancellationToken">Stops waiting for the server.</param>
    /// <returns>The database; disposing it drops it.</returns>
    /// <exception cref="ServersUnavailableException">There is no server, and none could be started.</exception>
    public static async Task<TestDatabase> CreateDatabaseAsync(
        string service, CancellationToken cancellationToken = default) =>
        await TestDatabase.CreateAsync(await GetPostgresAsync(), service, cancellationToken);

    /// <summary>Makes an empty virtual host: queues and exchanges that no other test process sees.</summary>
    /// <param name="name">Says whose it is, for a person who looks; as the name of a service.</param>
    /// <param name="cancellationToken">Stops waiting for the server.</param>
    /// <returns>The virtual host; disposing it removes it.</returns>
    /// <exception cref="ServersUnavailableException">
    /// There is no server, and none could be started; or the HTTP interface of a given RabbitMQ does not answer.
    /// </exception>
    public static async Task<TestVirtualHost> CreateVirtualHostAsync(
        string name, CancellationToken cancellationToken = default)
    {
        var addresses = await FindAsync();
        return await TestVirtualHost.CreateAsync(
            addresses.RabbitMq, addresses.RabbitMqHttp, name, cancellationToken);
    }

    internal static Task<ServerAddresses> FindAsync() => Addresses.Value;
}

using Npgsql;

namespace Marketplace.TestServers;

/// <summary>Where the servers of the tests are, as administrator.</summary>
/// <param name="Postgres">A connection string for Npgsql.</param>
/// <param name="RabbitMq">AMQP, without a virtual host.</param>
/// <param name="RabbitMqHttp">The HTTP interface of the same broker.</param>
internal sealed record ServerAddresses(string Postgres, Uri RabbitMq, Uri RabbitMqHttp)
{
    public const string PostgresVariable = "MARKETPLACE_POSTGRES";
    public const string RabbitMqVariable = "MARKETPLACE_RABBITMQ";

    private const int AmqpPort = 5672;
    private const int HttpPortOffset = 10_000;

    public static async Task<ServerAddresses> FindAsync()
    {
        var postgres = Environment.GetEnvironmentVariable(PostgresVariable);
        var rabbitMq = Environment.GetEnvironmentVariable(RabbitMqVariable);
        Uri? http = null;
#if TESTCONTAINERS
        if (string.IsNullOrEmpty(rabbitMq) && await BrokerContainer.TryStartAsync() is { } container)
            (rabbitMq, http) = (container.Amqp.ToString(), container.Http);
#endif
        if (string.IsNullOrEmpty(postgres) || string.IsNullOrEmpty(rabbitMq))
        {
            // The script starts no server that is given to it.
            var local = await new LocalServers(
                (PostgresVariable, postgres), (RabbitMqVariable, rabbitMq)).UpAsync();
            postgres = string.IsNullOrEmpty(postgres) ? local.Postgres : postgres;
            rabbitMq = string.IsNullOrEmpty(rabbitMq) ? local.RabbitMq : rabbitMq;
        }
        return From(postgres, new(rabbitMq), http);
    }

    public static ServerAddresses From(string postgres, Uri rabbitMq, Uri? http = null)
    {
        // Npgsql takes a missing database to be named like the user.
        var builder = new NpgsqlConnectionStringBuilder(postgres);
        if (string.IsNullOrEmpty(builder.Database)) builder.Database = "postgres";
        var port = (rabbitMq.IsDefaultPort ? AmqpPort : rabbitMq.Port) + HttpPortOffset;
        return new(builder.ConnectionString, rabbitMq, http ?? new UriBuilder("http", rabbitMq.Host, port).Uri);
    }
}

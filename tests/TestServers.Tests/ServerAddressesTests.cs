namespace Marketplace.TestServers.Tests;

public sealed class ServerAddressesTests
{
    [Theory]
    [InlineData("amqp://user:password@broker", "http://broker:15672/")]
    [InlineData("amqp://user:password@broker:5673/", "http://broker:15673/")]
    public void From_GivenBroker_FindsItsHttpInterface(string rabbitMq, string http) =>
        Assert.Equal(http, ServerAddresses.From("Host=server", new(rabbitMq)).RabbitMqHttp.ToString());

    [Theory]
    [InlineData("Host=server;Username=admin", "Database=postgres")]
    [InlineData("Host=server;Username=admin;Database=other", "Database=other")]
    public void From_GivenPostgres_ConnectsToADatabaseThatIsThere(string postgres, string part) =>
        Assert.Contains(part, ServerAddresses.From(postgres, new("amqp://broker")).Postgres, StringComparison.Ordinal);
}

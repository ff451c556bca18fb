namespace Marketplace.TestServers;

/// <summary>The tests have no PostgreSQL or RabbitMQ to run against.</summary>
/// <param name="message">What is missing and what to do.</param>
/// <param name="innerException">What said so, if anything did.</param>
public sealed class ServersUnavailableException(string message, Exception? innerException = null)
    : Exception(message, innerException);

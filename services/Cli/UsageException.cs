namespace Marketplace.Cli;

/// <summary>
/// What the user asked for cannot be done as it was written; the message says what is wrong and the way out.
/// </summary>
internal sealed class UsageException(string message) : Exception(message);

namespace Marketplace.ServiceDefaults;

/// <summary>Which service this is.</summary>
/// <param name="Name">Its name, such as <c>billing</c>: of its database, its roles, its consumers and its
/// telemetry.</param>
public sealed record ServiceIdentity(string Name);

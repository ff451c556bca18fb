using System.Diagnostics;

namespace Marketplace.ServiceDefaults;

/// <summary>What the services tell of their work.</summary>
internal static class Telemetry
{
    public const string SourceName = "Marketplace";

    public static readonly ActivitySource Source = new(SourceName);
}

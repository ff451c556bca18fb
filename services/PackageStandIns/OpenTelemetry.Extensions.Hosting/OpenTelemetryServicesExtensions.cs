using Microsoft.Extensions.Hosting;
using OpenTelemetry;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds OpenTelemetry to a host.</summary>
public static class OpenTelemetryServicesExtensions
{
    /// <summary>Gives a builder for what is to be collected. It may be asked for any number of times.</summary>
    public static OpenTelemetryBuilder AddOpenTelemetry(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        // Hosted services start in the order of their registration, and what the others do at start is to be seen too.
        var start = ServiceDescriptor.Singleton<IHostedService, TelemetryHostedService>();
        if (!services.Any(service => service.ImplementationType == start.ImplementationType)) services.Insert(0, start);
        return new OpenTelemetryBuilder(services);
    }
}

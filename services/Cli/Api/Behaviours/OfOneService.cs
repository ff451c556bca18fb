using System.CommandLine;
using Marketplace.Client;

namespace Marketplace.Cli.Api.Behaviours;

/// <summary>Calls what every service has for its own, at the one that the user names.</summary>
internal sealed class OfOneService : Behaviour
{
    private readonly Option<string> service = new("--service")
    {
        Required = true,
        HelpName = string.Join('|', Names),
        Description = "The service that holds the message.",
    };

    public OfOneService() => service.AcceptOnlyFromAmong([.. Names]);

    private static IEnumerable<string> Names => Enum.GetNames<MarketService>().Select(name => name.ToLowerInvariant());

    public override IReadOnlyList<Option> Options => [service];

    public override Task<ExitCode> RunAsync(ApiCall call)
    {
        call.Service = Enum.Parse<MarketService>(call.Arguments.GetRequiredValue(service), ignoreCase: true);
        return (call.IsList ? new Listing() : (Behaviour)new Calling()).RunAsync(call);
    }
}

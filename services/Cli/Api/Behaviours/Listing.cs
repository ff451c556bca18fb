namespace Marketplace.Cli.Api.Behaviours;

/// <summary>Lists page by page.</summary>
internal sealed class Listing : Behaviour
{
    public override async Task<ExitCode> RunAsync(ApiCall call)
    {
        await call.ReadRequestAsync();
        await call.ListAsync();
        return ExitCode.Done;
    }
}

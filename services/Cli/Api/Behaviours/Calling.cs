namespace Marketplace.Cli.Api.Behaviours;

/// <summary>Calls the RPC and writes its answer.</summary>
internal sealed class Calling : Behaviour
{
    public override async Task<ExitCode> RunAsync(ApiCall call)
    {
        await call.ReadRequestAsync();
        call.Write(await call.SendAsync());
        return ExitCode.Done;
    }
}

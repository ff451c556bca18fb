using Google.Protobuf;

namespace Marketplace.Cli.Api.Behaviours;

/// <summary>Calls an RPC that checks something: what it found is the exit code too.</summary>
internal sealed class Judging(Func<IMessage, bool> isGood) : Behaviour
{
    public override async Task<ExitCode> RunAsync(ApiCall call)
    {
        await call.ReadRequestAsync();
        var answer = await call.SendAsync();
        call.Write(answer);
        return isGood(answer) ? ExitCode.Done : ExitCode.No;
    }
}

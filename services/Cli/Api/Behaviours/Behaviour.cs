using System.CommandLine;

namespace Marketplace.Cli.Api.Behaviours;

/// <summary>What a command does beside calling its RPC.</summary>
internal abstract class Behaviour
{
    /// <summary>Further options.</summary>
    public virtual IReadOnlyList<Option> Options => [];

    /// <summary>The fields of the request that it fills by itself.</summary>
    public virtual IReadOnlyList<string> Filled => [];

    /// <summary>Runs the command.</summary>
    public abstract Task<ExitCode> RunAsync(ApiCall call);
}

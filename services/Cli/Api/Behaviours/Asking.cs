using System.CommandLine;

namespace Marketplace.Cli.Api.Behaviours;

/// <summary>Asks before it does what cannot be undone.</summary>
internal sealed class Asking(string what) : Behaviour
{
    private readonly Option<bool> yes = YesOption();

    public override IReadOnlyList<Option> Options => [yes];

    /// <summary>The option that confirms.</summary>
    public static Option<bool> YesOption() => new("--yes", "-y") { Description = "Do it without asking." };

    public override async Task<ExitCode> RunAsync(ApiCall call)
    {
        await call.ReadRequestAsync();
        call.Confirm(what, call.Arguments.GetValue(yes));
        call.Write(await call.SendAsync());
        return ExitCode.Done;
    }
}

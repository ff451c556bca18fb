using System.CommandLine;
using System.Text;
using Google.Protobuf;
using Marketplace.Accounts.V1;
using Marketplace.Cli.Profiles;
using Marketplace.Client;

namespace Marketplace.Cli.Api.Behaviours;

/// <summary>
/// Makes the secret of an API key here, sends its hash, and keeps the key where the user says: never on the screen
/// unless that is asked for.
/// </summary>
internal sealed class KeyMaking : Behaviour
{
    private const string SecretField = "secret_sha256";

    private readonly Option<string?> keyOut = new("--key-out")
    {
        HelpName = "FILE",
        Description = "Write the key to this new file, which only you can read.",
    };

    private readonly Option<string?> toProfile = new("--to-profile")
    {
        HelpName = "NAME",
        Description = "Keep the key in this profile, which is made if it is not there.",
    };

    private readonly Option<bool> showKey = new("--show-key") { Description = "Write the key to the screen." };

    public override IReadOnlyList<Option> Options => [keyOut, toProfile, showKey];

    public override IReadOnlyList<string> Filled => [SecretField];

    public override async Task<ExitCode> RunAsync(ApiCall call)
    {
        var path = call.Arguments.GetValue(keyOut);
        var profile = call.Arguments.GetValue(toProfile);
        var isShown = call.Arguments.GetValue(showKey);
        if (path is null && profile is null && !isShown)
            throw new UsageException("say where the key is kept: --key-out FILE, --to-profile NAME or --show-key.");
        await call.ReadRequestAsync();
        var secret = new ApiKeySecret();
        call.Rpc.InputType.FindFieldByName(SecretField).Accessor.SetValue(call.Request, secret.Sha256);

        // The file is made first: a key that could not be kept would be of no use.
        using var file = path is null ? null : SecretFile.Create(path);
        var store = profile is null ? null : new ProfileStore(call.Terminal);
        store?.Read();
        IMessage answer;
        try
        {
            answer = await call.SendAsync();
        }
        catch (Exception) when (path is not null)
        {
            File.Delete(path);
            throw;
        }
        var key = secret.KeyFor(((ApiKey)answer).ApiKeyId);
        if (file is not null) await file.WriteAsync(Encoding.UTF8.GetBytes($"{key}\n"));
        store?.Change(stored => Keep(stored, profile!, key, call.Connection));
        call.Write(answer);
        if (isShown) call.Terminal.Error.WriteLine(key);
        if (path is not null) call.Say($"the key is in {path}.");
        if (profile is not null) call.Say($"the key is in the profile '{profile}': --profile {profile}.");
        return ExitCode.Done;
    }

    // The key is of use where it was made.
    private static ProfileSet Keep(ProfileSet stored, string name, string key, Connection made)
    {
        var known = stored.Profiles.GetValueOrDefault(name, new(made.Texts, null, null));
        stored.Profiles[name] = known with { Key = key, KeyFile = null };
        return stored;
    }
}

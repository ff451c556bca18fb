using System.Text;
using Dapper;
using Marketplace.Accounts.Keys;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;
using NodaTime.Text;

namespace Marketplace.Accounts.Workers;

/// <summary>
/// Makes of an empty database one that can be worked with: the operator's organisation, that of the services, a key for
/// each and, in a sandbox, the time at which the clock stands. It is done before the first call is taken. The service
/// key is written where the services look for it, which need not be where the operator's is.
/// </summary>
internal sealed class FirstStart(
    Database database, KeyRing keys, ServiceOptions options, ServiceDefaults.MarketClock clock, TimeProvider time)
    : IHostedService
{
    // Any constant: it names the lock within the database.
    private const long FirstStartLock = 0x46_49_52_53;

    private const string SandboxStartDefault = "2026-04-01T00:00:00Z";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        await transaction.Connection.ExecuteAsync($"select pg_advisory_xact_lock({FirstStartLock})");
        if (clock.Mode == MarketClockMode.Sandbox) await SetClockAsync(transaction);
        if (!await transaction.Connection.QuerySingleAsync<bool>("select exists (select from organisation)"))
        {
            var folder = options.Required("KEYS_FOLDER");
            await CreateAsync(transaction, "Operator", Role.Operator, Path.Combine(folder, "operator.key"));
            await CreateAsync(transaction, "Marketplace services", Role.Service, options.ServiceKeyFile);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Task<int> SetClockAsync(Transaction transaction)
    {
        var text = options.Optional("SANDBOX_START") ?? SandboxStartDefault;
        var start = InstantPattern.ExtendedIso.Parse(text);
        if (!start.Success)
            throw new InvalidOperationException(
                $"MARKETPLACE_SANDBOX_START is '{text}'; write it as {SandboxStartDefault}.");
        return transaction.Connection.ExecuteAsync(
            "update clock_window set market_time = @start where market_time is null", new { start = start.Value });
    }

    // The file is written before the commit: after a crash in between the database is still empty, and the next start
    // writes both anew. The other way round there could be a key that nobody has.
    private async Task CreateAsync(Transaction transaction, string displayName, Role role, string path)
    {
        var organisationId = Guid.CreateVersion7();
        await transaction.Connection.ExecuteAsync(
            """
            insert into organisation (organisation_id, display_name, roles, create_time)
            values (@organisationId, @displayName, @roles, @now)
            """,
            new { organisationId, displayName, roles = new[] { (int)role }, now = time.Now() });
        var (key, text) = ApiKeyText.Create(Guid.CreateVersion7());
        var scopes = Enum.GetValues<Scope>().Where(scope => scope != Scope.Unspecified).ToArray();
        await keys.CreateFirstAsync(
            transaction, key.Id, new(organisationId, "First key", scopes, key.SecretSha256, null));
        await WriteAsync(path, text);
    }

    private static async Task WriteAsync(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var temporary = $"{path}.{Guid.CreateVersion7():N}";
        await using (var file = new FileStream(temporary, options))
        {
            await file.WriteAsync(Encoding.ASCII.GetBytes($"{text}\n"));
            file.Flush(flushToDisk: true);
        }
        // Whoever reads it meets the old key or the new one, never half of one.
        File.Move(temporary, path, overwrite: true);
    }
}

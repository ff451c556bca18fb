using System.Diagnostics;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace Marketplace.EndToEnd.Tests;

/// <summary>A service as a process of its own, which can be killed and started again.</summary>
/// <param name="name">The service's name, such as <c>billing</c>.</param>
/// <param name="address">Where it listens, also after a restart.</param>
/// <param name="environment">Its settings.</param>
/// <param name="log">The file that takes what it writes.</param>
internal sealed class ServiceProcess(
    string name, Uri address, IReadOnlyDictionary<string, string> environment, string log) : IDisposable
{
    private static readonly TimeSpan StartDurationMax = TimeSpan.FromMinutes(2);

    private Process? process;

    public string Name => name;

    /// <summary>Brings its database to the present schema.</summary>
    public async Task MigrateAsync()
    {
        using var migration = Run("--migrate");
        await migration.WaitForExitAsync();
        Assert.True(migration.ExitCode == 0, $"The migrations of {name} failed; its log is {log}");
    }

    /// <summary>Starts it, and waits until it serves.</summary>
    public async Task StartAsync()
    {
        process = Run();
        using var channel = GrpcChannel.ForAddress(address);
        var health = new Health.HealthClient(channel);
        await Eventually.AsyncThat(
            async () => !process.HasExited && await IsServingAsync(health), StartDurationMax,
            $"{name} serves; its log is {log}");
    }

    /// <summary>Ends it with SIGTERM: what it has begun it brings to its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        await TellToStopAsync();
        await process!.WaitForExitAsync();
        var exitCode = process.ExitCode;
        process.Dispose();
        process = null;
        return exitCode;
    }

    /// <summary>Sends it SIGTERM, and waits for nothing.</summary>
    public async Task TellToStopAsync()
    {
        using var signal = Process.Start("kill", ["-TERM", $"{process!.Id}"]);
        await signal.WaitForExitAsync();
    }

    /// <summary>Ends it with SIGKILL: nothing of it runs on, and nothing is put in order.</summary>
    public void Kill()
    {
        process!.Kill();
        process.WaitForExit();
        process.Dispose();
        process = null;
    }

    public void Dispose()
    {
        if (process is not null) Kill();
    }

    private Process Run(params string[] arguments)
    {
        var program = Path.Combine(
            AppContext.BaseDirectory, $"Marketplace.{char.ToUpperInvariant(name[0])}{name[1..]}.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, value) in environment) start.Environment[variable] = value;
        start.Environment["MARKETPLACE_LISTEN"] = address.Authority;
        var started = Process.Start(start)!;
        started.OutputDataReceived += Write;
        started.ErrorDataReceived += Write;
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        return started;
    }

    private void Write(object sender, DataReceivedEventArgs line)
    {
        lock (this) File.AppendAllText(log, $"{line.Data}\n");
    }

    private static async Task<bool> IsServingAsync(Health.HealthClient health)
    {
        try
        {
            var deadline = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(2);
            var answer = await health.CheckAsync(new(), deadline: deadline);
            return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving;
        }
        catch (RpcException exception) when (
            exception.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            return false;
        }
    }
}

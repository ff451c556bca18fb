using System.Diagnostics;
using System.Reflection;
using Npgsql;

namespace Marketplace.TestServers.Tests;

/// <summary>Another process of the same tests: makes a database of the service that it is told, and uses it.</summary>
internal static class SecondProcess
{
    public static async Task Main(string[] arguments)
    {
        await using var database = await Servers.CreateDatabaseAsync(arguments[0]);
        await using var owner = NpgsqlDataSource.Create(database.OwnerConnectionString);
        await using var create = owner.CreateCommand("create table mine (id int)");
        await create.ExecuteNonQueryAsync();
        await using var application = NpgsqlDataSource.Create(database.ApplicationConnectionString);
        await using var query = application.CreateCommand("select current_database()");
        Console.WriteLine(await query.ExecuteScalarAsync());
    }

    /// <summary>Runs one to its end.</summary>
    /// <returns>The name of its database.</returns>
    public static async Task<string> RunAsync(string service)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(dotnet, [Assembly.GetExecutingAssembly().Location, service])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return (await output).Trim();
    }
}

using Google.Rpc;
using Grpc.Core;
using Marketplace.Cli.Fields;
using Marketplace.Cli.Output;
using Marketplace.Client;
using Marketplace.Inventory.V1;

namespace Marketplace.Cli.Api;

/// <summary>Writes what a call was refused with, for a person, with the way out.</summary>
internal static class ApiErrors
{
    /// <summary>Writes it.</summary>
    /// <returns>The exit code that it is.</returns>
    public static ExitCode Write(MarketException exception, ApiCall call)
    {
        var error = call.Terminal.Error;
        var reason = exception.Reason.Length == 0 ? "" : $" {exception.Reason}";
        var isAboutFields = exception.FieldViolations.Count > 0;
        var message = isAboutFields ? "The request is wrong:"
            : exception.Status.Detail.Length == 0 ? "There was no answer in time."
            : PlainText.OneLine(exception.Status.Detail);
        error.WriteLine($"market: {StatusName(exception.StatusCode)}{reason}: {message}");
        foreach (var violation in exception.FieldViolations)
            error.WriteLine($"  {call.Fields.Shown(violation.Field)}: {PlainText.OneLine(violation.Description)}");
        foreach (var violation in exception.Detail<PreconditionFailure>()?.Violations ?? [])
            error.WriteLine(
                $"  {PlainText.OneLine(violation.Subject)}: {PlainText.OneLine(violation.Description)}");
        if (exception.Detail<CapacityShort>() is { } capacity) Write(capacity, call);
        if (!isAboutFields)
        {
            // What the message says already is not said again.
            foreach (var (name, value) in exception.Metadata
                .Where(fact => !message.Contains(fact.Value, StringComparison.Ordinal))
                .OrderBy(fact => fact.Key, StringComparer.Ordinal))
                error.WriteLine($"  {PlainText.OneLine(name)}: {PlainText.OneLine(value)}");
        }
        if (WayOut(exception, call) is { } wayOut) error.WriteLine(wayOut);
        return Code(exception.StatusCode);
    }

    private static ExitCode Code(StatusCode code) => code switch
    {
        StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled => ExitCode.NoAnswer,
        StatusCode.Internal or StatusCode.Unknown or StatusCode.DataLoss or StatusCode.Unimplemented => ExitCode.Failed,
        _ => ExitCode.No,
    };

    private static void Write(CapacityShort capacity, ApiCall call)
    {
        var table = Tables.Ruled();
        foreach (var header in new[] { "From", "Until", "Pool", "Tranche" }) table.AddWhole(header);
        foreach (var header in new[] { "Wanted kW", "Free kW", "Short kW" }) table.AddNumber(header);
        foreach (var shortfall in capacity.Shortfalls)
        {
            table.AddCells(
                MessageText.Date(shortfall.StartDate), MessageText.Date(shortfall.EndDate), shortfall.PoolId,
                shortfall.TrancheId, Kilowatts(shortfall.WantedKw), Kilowatts(shortfall.FreeKw),
                Kilowatts(shortfall.ShortKw));
        }
        (call.Terminal with { Output = call.Terminal.Error, IsStyled = false }).Write(table);
        if (capacity.ShortfallCount > capacity.Shortfalls.Count)
            call.Terminal.Error.WriteLine($"  These are {capacity.Shortfalls.Count} of {capacity.ShortfallCount}.");
    }

    private static string? WayOut(MarketException exception, ApiCall call) => exception.StatusCode switch
    {
        StatusCode.Unauthenticated => $"The key is from {call.Connection.KeyFrom}. Use another with --key-file FILE, "
            + "or keep one in a profile: 'market profile set NAME --key-file FILE'.",
        StatusCode.PermissionDenied => $"The key is from {call.Connection.KeyFrom}. 'market api-key list' shows what a "
            + "key may be used for; use another with --profile NAME or --key-file FILE.",
        StatusCode.Unavailable or StatusCode.DeadlineExceeded when exception.Reason.Length == 0 =>
            $"{call.Service} does not answer at {call.Connection.Endpoints[call.Service]}. Name another place with "
            + $"--endpoint, or start the services with './market up'.{Again(exception)}",
        StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Aborted
            when exception.RequestId is not null => Again(exception).TrimStart(),
        StatusCode.InvalidArgument when exception.FieldViolations.Count > 0 => $"See '{call.Name} --help'.",
        _ => null,
    };

    private static string Again(MarketException exception) => exception.RequestId is { Length: > 0 } id
        ? $" Whether it took effect is not known; run the command again with --request-id {id}, and it has one effect."
        : "";

    private static string Kilowatts(int value) =>
        value.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);

    // As the API's documentation writes it: FAILED_PRECONDITION.
    private static string StatusName(StatusCode code) =>
        FieldKind.UpperSnake(code.ToString());
}

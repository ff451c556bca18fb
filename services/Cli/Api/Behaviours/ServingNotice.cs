using System.CommandLine;
using Marketplace.Cli.Output;
using Marketplace.Leasing.V1;

namespace Marketplace.Cli.Api.Behaviours;

/// <summary>Shows what a notice would do, has it confirmed, and serves it.</summary>
internal sealed class ServingNotice : Behaviour
{
    private readonly Option<bool> yes = Asking.YesOption();

    public override IReadOnlyList<Option> Options => [yes];

    public override async Task<ExitCode> RunAsync(ApiCall call)
    {
        await call.ReadRequestAsync();
        var request = (ServeNoticeRequest)call.Request;
        var quote = await call.Market.Leasing.GetTerminationQuoteAsync(
            new() { TerminationQuoteId = request.TerminationQuoteId });
        Show(call, quote);
        call.Confirm("Serve notice? Only both sides together can take it back.", call.Arguments.GetValue(yes));
        call.Write(await call.SendAsync());
        return ExitCode.Done;
    }

    private static void Show(ApiCall call, TerminationQuote quote)
    {
        var effect = quote.Effect;
        var table = Tables.Labelled();
        table.AddCells("Lease", quote.LeaseId);
        var clause = PlainText.OneLine(effect.ClauseId);
        table.AddCells("Notice by", $"{MessageText.Enum(quote.Party)}, under clause {clause}");
        table.AddCells("Last day", effect.MovesEnd
            ? MessageText.Date(effect.LastServiceDate)
            : $"{MessageText.Date(effect.LastServiceDate)}, as without the notice: it moves nothing");
        table.AddCells("Still owed", MessageText.Money(effect.RemainingAmount));
        table.AddCells("Fee", MessageText.Money(effect.TerminationFeeAmount));
        table.AddCells("Credit", MessageText.Money(effect.CreditAmount));
        (call.Terminal with { Output = call.Terminal.Error, IsStyled = false }).Write(table);
    }
}

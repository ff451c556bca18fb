using Dapper;
using Marketplace.Billing.Domain;
using Marketplace.ServiceDefaults;
using Marketplace.Terms;

namespace Marketplace.Billing.Invoicing;

/// <summary>Lines and versions of invoices as they are stored.</summary>
internal static class InvoiceRows
{
    private const string LineColumns =
        """
        line_number, tranche_id, clause_id, start_date, end_date, basis, price, discount, day_count, numerator,
        denominator, contracted_kw, billable_kw, bundle_kw, amount, rounding
        """;

    public static Task InsertLinesAsync(Transaction transaction, Guid invoiceId, IEnumerable<ChargeLine> lines) =>
        transaction.Connection.ExecuteAsync(
            $"""
            insert into invoice_line (invoice_id, {LineColumns})
            values (@ownerId, @LineNumber, @TrancheId, @ClauseId, @StartDate, @EndDate, @Basis, @Price, @Discount,
                @DayCount, @Numerator, @Denominator, @ContractedKw, @BillableKw, @BundleKw, @Amount, @Rounding)
            """,
            lines.Select(line => Values(invoiceId, line.LineNumber, line)));

    public static async Task InsertCorrectedLinesAsync(
        Transaction transaction, Guid noteId, IEnumerable<CorrectedLine> lines)
    {
        foreach (var line in lines)
        {
            var values = new DynamicParameters(Values(noteId, line.LineNumber, line.Line));
            values.Add("correctionAmount", line.Amount);
            await transaction.Connection.ExecuteAsync(
                $"""
                insert into correction_line (correction_note_id, correction_amount, {LineColumns})
                values (@ownerId, @correctionAmount, @LineNumber, @TrancheId, @ClauseId, @StartDate, @EndDate, @Basis,
                    @Price, @Discount, @DayCount, @Numerator, @Denominator, @ContractedKw, @BillableKw, @BundleKw,
                    @Amount, @Rounding)
                """,
                values);
        }
    }

    /// <summary>The lines of an invoice by number.</summary>
    public static async Task<IReadOnlyList<ChargeLine>> LinesAsync(Transaction transaction, Guid invoiceId) =>
        (await transaction.Connection.QueryAsync<LineRow>(
            $"select {LineColumns} from invoice_line where invoice_id = @invoiceId order by line_number",
            new { invoiceId }))
        .Select(row => row.ToLine()!).ToList();

    /// <summary>The lines of a note by number.</summary>
    public static async Task<IReadOnlyList<CorrectedLine>> CorrectedLinesAsync(Transaction transaction, Guid noteId) =>
        (await transaction.Connection.QueryAsync<LineRow>(
            $"""
            select correction_amount, {LineColumns} from correction_line
            where correction_note_id = @noteId order by line_number
            """,
            new { noteId }))
        .Select(row => new CorrectedLine(row.LineNumber, row.ToLine(), row.CorrectionAmount)).ToList();

    /// <summary>The lines of an invoice as they stand after all its notes, by number.</summary>
    public static async Task<IReadOnlyList<StatedLine>> StatedLinesAsync(Transaction transaction, Guid invoiceId)
    {
        var stated = (await LinesAsync(transaction, invoiceId))
            .ToDictionary(line => line.LineNumber, line => new StatedLine(line.LineNumber, line.Segment, line));
        var corrected = await transaction.Connection.QueryAsync<LineRow>(
            $"""
            select line.* from correction_line as line join correction_note as note using (correction_note_id)
            where note.invoice_id = @invoiceId order by note.invoice_version, line.line_number
            """,
            new { invoiceId });
        foreach (var row in corrected)
        {
            var line = row.ToLine();
            stated[row.LineNumber] = stated.TryGetValue(row.LineNumber, out var before)
                ? before with { Line = line }
                : new(row.LineNumber, line!.Segment, line);
        }
        return [.. stated.Values.OrderBy(line => line.LineNumber)];
    }

    public static Task<long> FirstVersionAsync(Transaction transaction, Guid invoiceId) =>
        transaction.Connection.QuerySingleAsync<long>(
            "insert into invoice_version (invoice_id, version) values (@invoiceId, 1) returning version",
            new { invoiceId });

    /// <summary>The version of the invoice's next event; the caller has locked its lease.</summary>
    public static Task<long> NextVersionAsync(Transaction transaction, Guid invoiceId) =>
        transaction.Connection.QuerySingleAsync<long>(
            "update invoice_version set version = version + 1 where invoice_id = @invoiceId returning version",
            new { invoiceId });

    private static object Values(Guid ownerId, int lineNumber, ChargeLine? line) => new
    {
        ownerId,
        LineNumber = lineNumber,
        line?.TrancheId,
        line?.ClauseId,
        line?.StartDate,
        line?.EndDate,
        Basis = (int?)line?.Basis,
        line?.Price,
        line?.Discount,
        DayCount = (int?)line?.DayCount,
        line?.Numerator,
        line?.Denominator,
        line?.ContractedKw,
        line?.BillableKw,
        line?.BundleKw,
        line?.Amount,
        Rounding = (int?)line?.Rounding,
    };

    private sealed record LineRow
    {
        public int LineNumber { get; init; }
        public long CorrectionAmount { get; init; }
        public string? TrancheId { get; init; }
        public string? ClauseId { get; init; }
        public DateOnly? StartDate { get; init; }
        public DateOnly? EndDate { get; init; }
        public int? Basis { get; init; }
        public decimal? Price { get; init; }
        public decimal? Discount { get; init; }
        public int? DayCount { get; init; }
        public long? Numerator { get; init; }
        public long? Denominator { get; init; }
        public int? ContractedKw { get; init; }
        public int? BillableKw { get; init; }
        public long? BundleKw { get; init; }
        public long? Amount { get; init; }
        public int? Rounding { get; init; }

        public ChargeLine? ToLine() => TrancheId is null ? null : new()
        {
            LineNumber = LineNumber,
            TrancheId = TrancheId,
            ClauseId = ClauseId!,
            StartDate = StartDate!.Value,
            EndDate = EndDate!.Value,
            Basis = (FeeBasis)Basis!.Value,
            Price = Price!.Value,
            Discount = Discount!.Value,
            DayCount = (DayCount)DayCount!.Value,
            Numerator = Numerator!.Value,
            Denominator = Denominator!.Value,
            ContractedKw = ContractedKw!.Value,
            BillableKw = BillableKw!.Value,
            BundleKw = BundleKw!.Value,
            Amount = Amount!.Value,
            Rounding = (LineRounding)Rounding!.Value,
        };
    }
}

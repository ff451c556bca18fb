namespace Marketplace.Terms;

/// <summary>The clause names of one lease, of whatever kind the clauses are: a name cites one clause only.</summary>
internal sealed class ClauseIds
{
    private readonly HashSet<string> used = [];

    public string? Read(FieldScope scope, string value)
    {
        if (scope.Id("clause_id", value) is not { } id) return null;
        if (!used.Add(id))
            scope.Violation("clause_id", TermsReasons.DuplicateId, $"Another clause is named '{id}' too; rename one.");
        return id;
    }
}

using Dapper;
using Marketplace.Accounts.V1;
using Marketplace.Options.V1;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Accounts.Participants;

/// <summary>The organisations of the market.</summary>
internal sealed class OrganisationRegister(Database database, TimeProvider time)
{
    private const string Columns = "organisation_id, display_name, roles, create_time";

    /// <summary>Registers an organisation.</summary>
    public async Task<Organisation> CreateAsync(Transaction transaction, string displayName, IEnumerable<Role> roles)
    {
        var row = new Row
        {
            OrganisationId = Guid.CreateVersion7(),
            DisplayName = displayName,
            Roles = [.. roles.Order().Select(role => (int)role)],
            CreateTime = time.Now(),
        };
        await transaction.Connection.ExecuteAsync(
            $"insert into organisation ({Columns}) values (@OrganisationId, @DisplayName, @Roles, @CreateTime)", row);
        return row.ToMessage();
    }

    /// <summary>An organisation, or null.</summary>
    public async Task<Organisation?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var row = await transaction.Connection.QuerySingleOrDefaultAsync<Row>(
            $"select {Columns} from organisation where organisation_id = @id", new { id });
        return row?.ToMessage();
    }

    /// <summary>One organisation more than the page holds, if there are as many.</summary>
    public async Task<IReadOnlyList<Organisation>> ListAsync(Page page, Role? role, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var rows = await transaction.Connection.QueryAsync<Row>(
            $"""
            select {Columns} from organisation
            where (@After::uuid is null or organisation_id > @After) and (@role::int is null or @role = any(roles))
            order by organisation_id limit @limit
            """,
            new { page.After, role = (int?)role, limit = page.Size + 1 });
        return [.. rows.Select(row => row.ToMessage())];
    }

    // Properties and no constructor: that is how Dapper reads arrays.
    private sealed record Row
    {
        public Guid OrganisationId { get; init; }

        public string DisplayName { get; init; } = "";

        public int[] Roles { get; init; } = [];

        public Instant CreateTime { get; init; }

        public Organisation ToMessage() => new()
        {
            OrganisationId = OrganisationId.ToString(),
            DisplayName = DisplayName,
            Roles = { Roles.Select(role => (Role)role) },
            CreateTime = CreateTime.ToTimestamp(),
        };
    }
}

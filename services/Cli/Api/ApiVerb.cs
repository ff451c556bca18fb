using Marketplace.Cli.Api.Behaviours;
using Marketplace.Client;

namespace Marketplace.Cli.Api;

/// <summary>What the API has of one kind, and what can be done with it: <c>market RESOURCE VERB</c>.</summary>
/// <param name="Name">The resource, such as <c>lease</c>.</param>
/// <param name="About">The proto file or message whose comment says what it is.</param>
/// <param name="Service">The service that has it.</param>
/// <param name="Verbs">What can be done with it.</param>
internal sealed record ApiResource(string Name, string About, MarketService Service, params ApiVerb[] Verbs);

/// <summary>One RPC as a command.</summary>
/// <param name="Name">The verb, such as <c>list</c>.</param>
/// <param name="Rpc">The RPC, such as <c>ListLeases</c>.</param>
/// <param name="Arguments">
/// The fields of the request that are arguments, in order: what the command is about. One with a question mark may be
/// left out. All other fields are options.
/// </param>
internal sealed record ApiVerb(string Name, string Rpc, params string[] Arguments)
{
    /// <summary>The service, if it is not that of the resource.</summary>
    public MarketService? Service { get; init; }

    /// <summary>
    /// The field of the request that <c>--file</c> holds, and whose own fields are options without its name before
    /// them. Null: a file holds the whole request.
    /// </summary>
    public string? Body { get; init; }

    /// <summary>
    /// The columns of a list: paths of fields with spaces between them, each with <c>:Header_of_its_own</c> if its name
    /// does not say it best.
    /// </summary>
    public string Columns { get; init; } = "";

    /// <summary>What it does beside calling the RPC. Null: nothing.</summary>
    public Func<Behaviour>? Behaviour { get; init; }
}

namespace Marketplace.ServiceDefaults;

/// <summary>
/// A page of a list that goes by id (AIP-158). A use case reads one row more than the page holds, which tells whether
/// there is a next.
/// </summary>
/// <param name="Size">The most that the page holds.</param>
/// <param name="After">The id after which it begins, or null for the first page.</param>
public sealed record Page(int Size, Guid? After)
{
    private const int SizeDefault = 100;
    private const int SizeMax = 1_000;

    /// <summary>The page that a request asks for.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT naming the field.</exception>
    public static Page Of(int pageSize, string pageToken)
    {
        if (pageSize is < 0 or > SizeMax)
            throw RpcErrors.InvalidFields(
                [new("page_size", "OUT_OF_RANGE", $"Must be in [0, {SizeMax}]; 0 means {SizeDefault}.")]);
        var size = pageSize == 0 ? SizeDefault : pageSize;
        if (pageToken.Length == 0) return new(size, null);
        return Guid.TryParseExact(pageToken, "N", out var after)
            ? new(size, after)
            : throw RpcErrors.InvalidFields(
                [new("page_token", "INVALID_PAGE_TOKEN", "Use the next_page_token of the answer before.")]);
    }

    /// <summary>The token of the next page; empty if the list has ended.</summary>
    /// <param name="readCount">How many rows were read, of at most <see cref="Size"/> + 1.</param>
    /// <param name="lastId">The id of the last row on this page.</param>
    public string NextToken(int readCount, Func<Guid> lastId) => readCount > Size ? lastId().ToString("N") : "";
}

using Google.Protobuf.WellKnownTypes;
using Marketplace.Cli.Fields;

namespace Marketplace.Cli.Api.Behaviours;

/// <summary>
/// Changes what the user names and nothing else: the mask names each field that options or a file give.
/// </summary>
internal sealed class NamedChange : Behaviour
{
    private const string MaskField = "update_mask";

    public override async Task<ExitCode> RunAsync(ApiCall call)
    {
        await call.ReadRequestAsync(() =>
        {
            FillMask(call);
            return Task.CompletedTask;
        });
        call.Write(await call.SendAsync());
        return ExitCode.Done;
    }

    private static void FillMask(ApiCall call)
    {
        var mask = call.Fields.All.Single(field => field.Field.Name == MaskField);
        if (IsNamed(call, mask)) return;
        var paths = call.Fields.All.Where(field => !field.IsArgument && IsNamed(call, field))
            .Select(field => string.Join('.', field.Path.Select(part => part.Name))).ToList();
        if (paths.Count == 0)
            throw new UsageException("nothing to change is named; give options, or a file with --file.");
        mask.Field.Accessor.SetValue(call.Request, new FieldMask { Paths = { paths } });
    }

    // Options are applied later; what is in the request by now stood in the file.
    private static bool IsNamed(ApiCall call, RequestField field) =>
        field.IsGiven(call.Arguments)
        || (FieldPaths.Holder(call.Request, field.Path) is { } holder && Messages.IsGiven(holder, field.Field));
}

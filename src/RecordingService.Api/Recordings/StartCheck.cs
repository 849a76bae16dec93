using Microsoft.Extensions.Options;
using RecordingService.Api.Access;
using RecordingService.Api.Problems;
using RecordingService.Api.Requests;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Api.Recordings;

using RoomTypes = Infrastructure.Engine.RoomTypes;

/// <summary>Turns a request into a checked order to record, or into everything that is wrong with it.</summary>
internal sealed class StartCheck(Projects projects, RoomTypes roomTypes, IOptions<StorageOptions> storage, ChannelKeys channelKeys)
{
    public const string DefaultLabel = "main";
    public const string LabelRule = "1 to 32 of a-z, 0-9 and -";

    /// <summary>Longest address of a page; ours, to keep requests small.</summary>
    private const int PageCharacters = 1024;

    public const int MetadataEntries = 20;
    public const int MetadataKeyCharacters = 50;
    public const int MetadataValueCharacters = 500;

    public async Task<(StartOrder? Order, IResult? Refusal)> CheckAsync(
        HttpRequest http,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        List<Violation> violations = [];
        var key = RequestHeaders.IdempotencyKey(http, violations);
        var wait = RequestHeaders.Wait(http, violations);
        var (body, refusal) = await RequestBody.ReadAsync(http, violations, cancellationToken);
        if (body is null)
        {
            return (null, refusal);
        }

        var channel = body.Text("channel", ChannelName.Rule, ChannelName.IsValid, required: true);
        var roomTypeName = body.Text("roomType", RoomTypeName.Rule, RoomTypeName.IsValid, required: true);
        var projectName = body.Text(
            "project",
            ProjectRule(projects, caller),
            name => projects.Find(name) is not null || !caller.MaySee(name)
        );
        if ((projectName ?? projects.Default) is { } wanted && !caller.MaySee(wanted))
        {
            // Before all else: rules that are broken would tell what that project has.
            return (null, caller.Refuse(projectName));
        }

        var label = body.Text("label", LabelRule, IsLabel);
        var mode = body.OneOf<RecordingMode>("mode");
        var encryption = ReadEncryption(body, projectName ?? projects.Default);
        var webPage = ReadWebPage(body);
        var externalId = body.Text(
            "externalId",
            "1 to 200 characters, none of them a control character",
            text => text.Length is > 0 and <= 200 && !text.Any(char.IsControl)
        );
        var profileName = body.Text(
            "storageProfile",
            $"a configured storage profile: {string.Join(", ", storage.Value.Profiles.Keys.Where(name => caller.MaySeeProfile(projects, name)))}",
            name => storage.Value.Profiles.ContainsKey(name) && caller.MaySeeProfile(projects, name)
        );
        var maxDuration = body.Duration("maxDuration", PolicyRules.ShortestDuration, PolicyRules.LongestDuration);
        var longestBreak = body.Duration("longestBreak", TimeSpan.Zero, PolicyRules.LongestBreak);
        var metadata = body.Texts("metadata", MetadataEntries, MetadataKeyCharacters, MetadataValueCharacters);
        body.RefuseUnknown();

        RoomType? roomType = null;
        if (roomTypeName is not null && (roomType = await roomTypes.FindAsync(roomTypeName, cancellationToken)) is null)
        {
            var names = (await roomTypes.ListAsync(cancellationToken)).Select(type => type.Name);
            violations.Add(new("roomType", roomTypeName, $"must be a room type: {string.Join(", ", names)}."));
        }

        if (roomType is not null)
        {
            violations.AddRange(ModeViolations(body, roomType, mode));
        }

        if (projectName is null && projects.Default is null && violations.TrueForAll(v => v.Field != "project"))
        {
            violations.Add(
                new(
                    "project",
                    null,
                    $"is required, because there is no default project; known are {string.Join(", ", caller.Of(projects))}."
                )
            );
        }

        if (violations.Count > 0)
        {
            return (null, Problem.Of(violations));
        }

        var project = Projects.CanonicalName(projectName ?? projects.Default!);
        var profile = profileName ?? roomType!.Policy.StorageProfile ?? projects.Find(project)!.StorageProfile;
        if (profile is null || !storage.Value.Profiles.ContainsKey(profile))
        {
            var why = profile is null
                ? $"Project '{project}' has no storage profile of its own"
                : $"The storage profile '{profile}' is not configured";
            return (null, Problem.NoStorageProfile.Because($"{why}, and the request names none in storageProfile."));
        }

        if (!caller.MaySeeProfile(projects, profile))
        {
            // Only a room type can have named it: they are shared by all projects, and buckets are not.
            return (
                null,
                Problem.NotAllowed.Because(
                    $"The room type '{roomType!.Name}' names a storage profile that the key of '{caller.Name}' is not good for; name another one in storageProfile."
                )
            );
        }

        var request = new StartRequest
        {
            Caller = caller.Name,
            IdempotencyKey = key,
            Project = project,
            Channel = channel!,
            Label = label ?? DefaultLabel,
            RoomType = roomType!,
            Mode = mode,
            Encryption = encryption,
            WebPage = webPage,
            StorageProfile = storage.Value.Profiles.Keys.First(name => string.Equals(name, profile, StringComparison.OrdinalIgnoreCase)),
            NamesStorageProfile = profileName is not null,
            ExternalId = externalId,
            MaxDuration = maxDuration,
            LongestBreak = longestBreak,
            Metadata = metadata,
        };
        return (new(request, wait), null);
    }

    public static string ProjectRule(Projects projects, Caller caller) => $"a configured project: {string.Join(", ", caller.Of(projects))}";

    public static bool IsLabel(string text) =>
        text.Length is > 0 and <= 32 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private ChannelEncryption? ReadEncryption(RequestBody body, string? project)
    {
        if (body.Object("encryption") is not { } members)
        {
            return null;
        }

        var keys = project is null ? [] : channelKeys.Of(project);
        var mode = members.OneOf<EncryptionMode>("mode", required: true);
        var key = members.Text(
            "key",
            keys.Count > 0
                ? $"a configured channel key of the project: {string.Join(", ", keys)}"
                : "a configured channel key of the project, which has none (Agora:Projects:NAME:ChannelKeys)",
            name => keys.Contains(name, StringComparer.OrdinalIgnoreCase),
            required: true
        );
        var salt = members.Text("salt", "base64", _ => true);
        members.RefuseUnknown();
        if (mode is null)
        {
            return null;
        }

        var encryption = new ChannelEncryption(
            mode.Value,
            keys.FirstOrDefault(name => name.Equals(key, StringComparison.OrdinalIgnoreCase)) ?? "",
            salt
        );
        members.Refuse(EncryptionRules.Check(encryption));
        return encryption;
    }

    private static Uri? ReadWebPage(RequestBody body)
    {
        if (body.Object("webPage") is not { } members)
        {
            return null;
        }

        var url = members.Text(
            "url",
            $"an absolute http or https address of at most {PageCharacters} characters, without user and password",
            text => AsPage(text) is not null,
            required: true
        );
        members.RefuseUnknown();
        return url is null ? null : AsPage(url);
    }

    private static Uri? AsPage(string text) =>
        text.Length <= PageCharacters
        && Uri.TryCreate(text, UriKind.Absolute, out var page)
        && page.Scheme is "http" or "https"
        && page.UserInfo.Length == 0
        && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
            ? page
            : null;

    /// <summary>The rules of a mode that only shows when request and room type are put together.</summary>
    private static IEnumerable<Violation> ModeViolations(RequestBody body, RoomType roomType, RecordingMode? asked)
    {
        var policy = asked is { } other ? roomType.Policy with { Mode = other } : roomType.Policy;
        var mode = Violation.Shown(policy.Mode);
        if (asked is not null && policy.Mode != roomType.Policy.Mode)
        {
            foreach (var broken in PolicyRules.Check(policy))
            {
                var rule = $"must go with room type '{roomType.Name}', of which {broken.Field} {broken.Rule}";
                yield return new("mode", mode, rule) { Source = broken.Source };
            }
        }

        if (policy.Mode == RecordingMode.WebPage && !body.Has("webPage"))
        {
            yield return new("webPage", null, "is required in web page mode.");
        }

        if (policy.Mode != RecordingMode.WebPage && body.Has("webPage"))
        {
            yield return new("webPage", null, $"must be left out in mode {mode}; only web page mode records one.");
        }

        if (policy.Mode == RecordingMode.WebPage && body.Has("encryption"))
        {
            yield return new("encryption", null, "must be left out in web page mode, which joins no channel.");
        }
    }
}

/// <summary>A checked request to record, and how long its caller waits for the proof.</summary>
internal sealed record StartOrder(StartRequest Request, TimeSpan Wait);

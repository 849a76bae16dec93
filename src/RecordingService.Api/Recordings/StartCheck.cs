using Microsoft.Extensions.Options;
using RecordingService.Api.Problems;
using RecordingService.Api.Requests;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Api.Recordings;

using RoomTypes = Infrastructure.Engine.RoomTypes;

/// <summary>Turns a request into a checked order to record, or into everything that is wrong with it.</summary>
internal sealed class StartCheck(Projects projects, RoomTypes roomTypes, IOptions<StorageOptions> storage)
{
    /// <summary>A token lives 24 h and cannot be renewed; half an hour is left for start and stop.</summary>
    public static readonly TimeSpan LongestDuration = new(23, 30, 0);
    public static readonly TimeSpan ShortestDuration = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan LongestBreak = TimeSpan.FromHours(12);

    public const string DefaultLabel = "main";
    public const string LabelRule = "1 to 32 of a-z, 0-9 and -";

    public const int MetadataEntries = 20;
    public const int MetadataKeyCharacters = 50;
    public const int MetadataValueCharacters = 500;

    public async Task<(StartOrder? Order, IResult? Refusal)> CheckAsync(
        HttpRequest http,
        string caller,
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
        var roomTypeName = body.Text("roomType", "the name of a room type", IsRoomTypeName, required: true);
        var projectName = body.Text("project", ProjectRule(projects), name => projects.Find(name) is not null);
        var label = body.Text("label", LabelRule, IsLabel);
        var externalId = body.Text(
            "externalId",
            "1 to 200 characters, none of them a control character",
            text => text.Length is > 0 and <= 200 && !text.Any(char.IsControl)
        );
        var profileName = body.Text(
            "storageProfile",
            $"a configured storage profile: {string.Join(", ", storage.Value.Profiles.Keys)}",
            storage.Value.Profiles.ContainsKey
        );
        var maxDuration = body.Duration("maxDuration", ShortestDuration, LongestDuration);
        var longestBreak = body.Duration("longestBreak", TimeSpan.Zero, LongestBreak);
        var metadata = body.Texts("metadata", MetadataEntries, MetadataKeyCharacters, MetadataValueCharacters);
        body.RefuseUnknown();

        RoomType? roomType = null;
        if (roomTypeName is not null && (roomType = await roomTypes.FindAsync(roomTypeName, cancellationToken)) is null)
        {
            var names = (await roomTypes.ListAsync(cancellationToken)).Select(type => type.Name);
            violations.Add(new("roomType", roomTypeName, $"must be a room type: {string.Join(", ", names)}."));
        }

        if (projectName is null && projects.Default is null && violations.TrueForAll(v => v.Field != "project"))
        {
            violations.Add(
                new("project", null, $"is required, because there is no default project; known are {string.Join(", ", projects.Names)}.")
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

        var request = new StartRequest
        {
            Caller = caller,
            IdempotencyKey = key,
            Project = project,
            Channel = channel!,
            Label = label ?? DefaultLabel,
            RoomType = roomType!,
            StorageProfile = storage.Value.Profiles.Keys.First(name => string.Equals(name, profile, StringComparison.OrdinalIgnoreCase)),
            NamesStorageProfile = profileName is not null,
            ExternalId = externalId,
            MaxDuration = maxDuration,
            LongestBreak = longestBreak,
            Metadata = metadata,
        };
        return (new(request, wait), null);
    }

    public static string ProjectRule(Projects projects) => $"a configured project: {string.Join(", ", projects.Names)}";

    public static bool IsLabel(string text) =>
        text.Length is > 0 and <= 32 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    public static bool IsRoomTypeName(string text) => text.Length is > 0 and <= 64 && !text.Any(char.IsControl);
}

/// <summary>A checked request to record, and how long its caller waits for the proof.</summary>
internal sealed record StartOrder(StartRequest Request, TimeSpan Wait);

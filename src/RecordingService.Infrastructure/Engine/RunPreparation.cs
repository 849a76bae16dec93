using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using RecordingService.Domain;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Engine;

/// <summary>Draws the recorder uid of a new run and fixes everything that its start request is rebuilt from.</summary>
internal sealed class RunPreparation(Projects projects, IOptions<StorageOptions> storage, IRecordingFiles files)
{
    /// <summary>A token and each of its privileges live at most 24 h. <b>Source:</b> Agora, token pages (June 2026).</summary>
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(24);

    /// <summary>Shorter than the hour after which a new token is due. <b>Source:</b> Agora, start, stsExpiration: every 60 min (June 2026).</summary>
    private static readonly TimeSpan CredentialsRenewal = TimeSpan.FromMinutes(50);

    /// <summary>The recording with uid and start parameters for each run that is about to acquire its first resource.</summary>
    public Recording Prepare(Decision decision, DateTimeOffset now)
    {
        var recording = decision.Recording;
        var fresh = decision.Calls.Where(call => call.Operation == RunOperation.Acquire).Select(call => call.Generation).ToHashSet();
        return recording with
        {
            Runs =
            [
                .. recording.Runs.Select(run =>
                    fresh.Contains(run.Generation) && run.RecorderUid is null ? Prepare(recording, run, now) : run
                ),
            ],
        };
    }

    private Run Prepare(Recording recording, Run run, DateTimeOffset now)
    {
        var policy = recording.Policy;
        // What Agora refused of the last recorder would fail the start of this one.
        var refused = recording.Runs.Where(other => other.Generation < run.Generation).SelectMany(other => other.RefusedChanges).ToList();
        var layout = IsRefused(refused, RunOperation.UpdateLayout, recording.Wishes.Layout?.Version) ? null : recording.Wishes.Layout;
        var subscription = IsRefused(refused, RunOperation.UpdateSubscription, recording.Wishes.Subscription?.Version)
            ? null
            : recording.Wishes.Subscription;
        return run with
        {
            RefusedChanges = [.. refused.GroupBy(change => change.Operation).Select(same => same.MaxBy(change => change.Version)!)],
            RecorderUid = DrawUid(recording.Project, run.Generation),
            LayoutVersion = layout?.Version ?? 0,
            SubscriptionVersion = subscription?.Version ?? 0,
            Parameters = new StartParameters
            {
                Mode = policy.Mode,
                ChannelProfile = policy.ChannelProfile,
                StreamTypes = policy.StreamTypes,
                Quality = policy.Quality,
                MixLayout = layout?.Value ?? new() { Kind = policy.Layout },
                Subscription = subscription?.Value ?? Subscription.Everybody,
                AudioQuality = policy.AudioQuality,
                StreamMode = policy.StreamMode,
                SnapshotInterval = policy.SnapshotInterval,
                SnapshotsOnly = policy.SnapshotsOnly,
                Encryption = recording.Encryption,
                WebPage = recording.WebPage,
                // A page has no idle time, and a stop may fail for long: its own limit lies behind ours.
                WebPageLimit = TimeSpan.FromHours(Math.Ceiling(recording.Wishes.MaxDuration.TotalHours) + 1),
                StorageRenewal = files.RenewsCredentials(recording.StorageProfile) ? CredentialsRenewal : null,
                CanFindSid = files.CanFindSid(recording.StorageProfile),
                Mp4 = policy.Mp4,
                MaxIdleTime = IdleTimePolicy.Derive(policy, recording.Wishes.LongestBreak, recording.Wishes.MaxDuration).MaxIdleTime,
                TokenIssuedAt = now,
                TokenLifetime = TokenLifetime,
                TokenSalt = (uint)RandomNumberGenerator.GetInt32(1, 100_000_000),
                StorageProfile = recording.StorageProfile,
                // One folder per run: a file found there can belong to no other recorder.
                FileNamePrefix =
                [
                    .. PrefixOf(recording.StorageProfile),
                    recording.Id.ToString("N"),
                    run.Generation.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ],
            },
        };
    }

    private static bool IsRefused(List<RefusedChange> refused, RunOperation operation, int? version) =>
        refused.Exists(change => change.Operation == operation && change.Version == version);

    /// <summary>A profile that was taken out of the configuration has none; the call itself is then refused with that reason.</summary>
    private IReadOnlyList<string> PrefixOf(string profile) =>
        storage.Value.Profiles.TryGetValue(profile, out var options) ? options.FileNamePrefix : [];

    /// <summary>Odd generations draw from the primary half, even ones from the backup half (rule S4).</summary>
    private uint DrawUid(string project, int generation)
    {
        var range = projects.Find(project)!.RecorderUids;
        var (from, to) = generation % 2 == 1 ? (range.PrimaryFrom, range.PrimaryTo) : (range.BackupFrom, range.BackupTo);
        return from + (uint)(RandomNumberGenerator.GetInt32(int.MaxValue) % ((long)to - from + 1));
    }
}

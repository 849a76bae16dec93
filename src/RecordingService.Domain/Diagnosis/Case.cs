using System.Globalization;
using RecordingService.Domain.Recordings;

namespace RecordingService.Domain.Diagnosis;

/// <summary>A recording under diagnosis: what several rules ask of it.</summary>
internal sealed class Case(Recording recording, DiagnosisContext context)
{
    private const int MostFacts = 12;

    /// <summary>
    /// What is wrong with a start shows within seconds of it: the recorder is gone when it is first asked for, 5 s after its sid (S3). Twice the sum of
    /// that and of the first re-checks.
    /// </summary>
    private static readonly TimeSpan SoonAfterStart = TimeSpan.FromSeconds(30);

    /// <remarks><b>Source:</b> Agora, manage-files: a slice is cut after 15 s.</remarks>
    private static readonly TimeSpan FirstSlice = TimeSpan.FromSeconds(15);

    /// <summary>A slice takes 15 s and its way to the bucket some more; a recorder that is in the channel for this long should have named a file.</summary>
    private static readonly TimeSpan LongEnoughForAFile = TimeSpan.FromSeconds(60);

    public Recording Recording => recording;

    public DiagnosisContext Context => context;

    public IReadOnlyList<Run> Runs => recording.Runs;

    /// <summary>What the rules before have found.</summary>
    public IReadOnlyList<Cause> Found { get; set; } = [];

    public bool IsOver => recording.EndedAt is not null;

    /// <summary>Recorders that Agora started.</summary>
    public IReadOnlyList<Run> Started { get; } = [.. recording.Runs.Where(run => run.Sid is not null)];

    /// <summary>Recorders that were gone within seconds of their start, before they recorded anything.</summary>
    public IReadOnlyList<Run> Vanished => [.. Started.Where(HasVanished)];

    /// <summary>Those of them that no error told by Agora explains.</summary>
    public IReadOnlyList<Run> VanishedInSilence => [.. Vanished.Where(run => !run.Evidence.Faults.Any(IsTelling))];

    /// <summary>Whether every recorder so far was gone within seconds: what is wrong is the same for all of them.</summary>
    public bool AllVanished => Started.Count > 0 && Started.All(HasVanished);

    /// <summary>Recorders that were in the channel for long enough, or to their end, and named no file.</summary>
    public IReadOnlyList<Run> Deaf => [.. Started.Where(IsDeaf)];

    /// <summary>Other recordings of the project that a recorder was proven for.</summary>
    public IReadOnlyList<PeerFacts> ProvenPeers { get; } = [.. context.Peers.Where(peer => peer.ConfirmedAt is not null)];

    public IEnumerable<(Run Run, ToldFault Fault)> Faults(params int[] codes) =>
        Runs.SelectMany(run => run.Evidence.Faults.Where(fault => codes.Contains(fault.Code)), (run, fault) => (run, fault));

    public bool HasVanished(Run run) =>
        run is { Sid: not null, StartedAt: { } startedAt }
        && run.Named.Count == 0
        && run.Files is not (FilesState.Complete or FilesState.Partial)
        && IsGone(run)
        && (run.ProvenAt is null || (run.EndedAt ?? run.DoubtSince) - startedAt < SoonAfterStart);

    public static TimeSpan InChannel(Run run) => run.ProvenAt is { } from ? (run.EndedAt ?? run.LastProofAt ?? from) - from : TimeSpan.Zero;

    /// <summary>Whether a recorder stayed although it would have left an empty channel by then.</summary>
    public static bool OutlivedItsIdleTime(Run run) =>
        run is { Parameters.MaxIdleTime: var idle, StartedAt: { } startedAt, End: not RunEnd.Idle }
        && (run.EndedAt ?? run.LastProofAt) - startedAt > idle;

    private bool IsGone(Run run) =>
        run.End is RunEnd.Died or RunEnd.Lost
        || (run.Phase == RunPhase.Doubtful && run.Doubts > 0)
        || (
            run.Phase is RunPhase.Replaced or RunPhase.Stopping
            && context.Answers.Any(a => a.Generation == run.Generation && a.Failure == AgoraFailureKind.RecorderNotFound)
        );

    private bool IsDeaf(Run run) =>
        run
            is {
                ProvenAt: { } provenAt,
                LastProofAt: { } lastProofAt,
                End: not RunEnd.Idle,
                Parameters.SnapshotsOnly: false,
                Evidence.Upload: UploadStatus.Unknown,
                Named.Count: 0
            }
        && recording.WebPage is null
        && (!run.SawMedia || run.Evidence.Streams.Count > 0)
        && !HasVanished(run)
        && !IsShort(run)
        && (
            run.EndedAt is null
                ? lastProofAt - provenAt >= LongEnoughForAFile
                // Of a run that ended only the bucket, or a stop answered 206/435, tells that nothing was recorded.
                : run.Files is FilesState.Empty or FilesState.Missing
                    && (run.End is RunEnd.Stopped || lastProofAt - provenAt >= LongEnoughForAFile)
        );

    /// <summary>Whether it was stopped before somebody whom it received could become a file.</summary>
    public static bool IsShort(Run run) =>
        run is { ToldEmpty: true, ProvenAt: { } provenAt, EndedAt: { } endedAt } && endedAt - provenAt < FirstSlice;

    /// <summary>Codes that say what is wrong with a start or its uploads.</summary>
    private static bool IsTelling(ToldFault fault) => fault.Code is 2 or 32 or 47 or 50 or 51 or 52 or 101 or 109 or 110;

    // Facts.

    public static Fact OfFault(Run run, ToldFault fault) =>
        new(
            fault.At,
            run.Generation,
            $"Agora told of error {fault.Code} (event 1, module {fault.Module}, level {fault.Level}){(fault.Message is { } text ? $": {text}" : ".")}"
        );

    /// <summary>How a run began and ended, from its own data.</summary>
    public IEnumerable<Fact> Life(Run run)
    {
        if (run.StartedAt is { } startedAt)
        {
            yield return new(startedAt, run.Generation, $"start was answered with a sid for uid {Invariant(run.RecorderUid)}.");
        }

        if (run.ProvenAt is { } provenAt)
        {
            yield return new(
                run.LastProofAt,
                run.Generation,
                $"Queries proved the recorder (status 4 or 5) from {Time(provenAt)} to {Time(run.LastProofAt ?? provenAt)}."
            );
        }

        var notFound = context.Answers.FirstOrDefault(a =>
            a.Generation == run.Generation && a.Operation == "query" && a.Failure == AgoraFailureKind.RecorderNotFound
        );
        if (notFound is not null)
        {
            yield return OfAnswer(notFound);
        }

        if (run.Evidence.Departure is { } departure)
        {
            yield return new(departure.At, run.Generation, $"Agora told: {departure.Detail}");
        }

        if (run is { EndedAt: { } endedAt, End: { } end })
        {
            yield return new(endedAt, run.Generation, $"The run ended: {EndOf(end)}.");
        }
    }

    public static Fact OfAnswer(AnswerFacts answer)
    {
        var what = answer.HttpStatus is { } status
            ? $"{answer.Operation} was answered with HTTP {Invariant(status)}{(answer.Code is { } code ? $", code {Invariant(code)}" : "")}"
            : $"{answer.Operation} was not answered";
        var often = answer.Count > 1 ? $", {Invariant(answer.Count)} times until {Time(answer.LastAt)}" : "";
        return new(answer.At, answer.Generation, $"{what}{often}: {answer.Text}");
    }

    /// <summary>The facts in order of time, those without one last; of too many the first and the last ones.</summary>
    public static IReadOnlyList<Fact> Ordered(IEnumerable<Fact> facts)
    {
        List<Fact> ordered = [.. facts.Distinct().OrderBy(fact => fact.At ?? DateTimeOffset.MaxValue)];
        return ordered.Count <= MostFacts ? ordered : [.. ordered.Take(MostFacts / 2), .. ordered.TakeLast(MostFacts / 2)];
    }

    public static string Time(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Length(TimeSpan time) =>
        time < TimeSpan.FromMinutes(2)
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s")
            : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min");

    private static string Invariant(IFormattable? number) => number?.ToString(null, CultureInfo.InvariantCulture) ?? "unknown";

    private static string EndOf(RunEnd end) =>
        end switch
        {
            RunEnd.Stopped => "it was asked to leave",
            RunEnd.Surplus => "another recorder carried on",
            RunEnd.Idle => "it left a channel without publishers",
            RunEnd.Died => "it left or died, as Agora told",
            RunEnd.Lost => "Agora found it no longer",
            RunEnd.NeverProven => "no query proved it within 90 s of its sid",
            RunEnd.Refused => "Agora refused it",
            RunEnd.Conflict => "its uid was taken",
            RunEnd.OutcomeUnknown => "its start was never answered with a sid",
            RunEnd.NeverStarted => "it was given up before a start was sent",
        };
}

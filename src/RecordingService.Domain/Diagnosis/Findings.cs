using RecordingService.Domain.Recordings;

namespace RecordingService.Domain.Diagnosis;

/// <summary>Why a recording failed or is degraded, as far as its evidence tells.</summary>
/// <param name="Summary">One plain sentence: the likeliest cause, or what proves that nothing is wrong.</param>
/// <param name="Causes">What may be the cause, the likeliest first; none when nothing is wrong.</param>
public sealed record Findings(string Summary, IReadOnlyList<Cause> Causes)
{
    private static readonly IReadOnlyList<Func<Case, IEnumerable<Cause>>> Rules =
    [
        StartRules.Find,
        TokenRules.Find,
        UidRules.Find,
        StorageRules.Find,
        ChannelRules.Find,
        ServiceRules.Find,
    ];

    /// <summary>Weighs the evidence of a recording. Pure: asks nobody, reads no clock; the same facts give the same findings.</summary>
    /// <param name="recording">The recording with its runs and what Agora told of them.</param>
    /// <param name="context">What the recording does not hold.</param>
    /// <returns>
    /// Causes of a loss before what merely delayed or changed something; within each the surer one first; of equally sure ones that which a person can
    /// mend soonest, in the order of <see cref="CauseCode"/>.
    /// </returns>
    public static Findings Of(Recording recording, DiagnosisContext context)
    {
        ArgumentNullException.ThrowIfNull(recording);
        ArgumentNullException.ThrowIfNull(context);
        var @case = new Case(recording, context);
        List<Cause> causes = [];
        foreach (var rule in Rules)
        {
            // A later rule may ask what the earlier ones have explained.
            causes.AddRange(rule(@case));
            @case.Found = causes;
        }

        if (causes.Count == 0 && ServiceRules.Unexplained(@case) is { } open)
        {
            causes.Add(open);
        }

        IReadOnlyList<Cause> ranked =
        [
            .. causes.OrderBy(cause => cause.IsAside).ThenBy(cause => cause.Confidence).ThenBy(cause => cause.Code),
        ];
        return new(ranked is [var first, ..] ? first.Explanation : Soundness.Of(@case), ranked);
    }
}

/// <summary>Something that may be the cause.</summary>
public sealed record Cause
{
    /// <summary>Stable word for programs.</summary>
    public required CauseCode Code { get; init; }

    /// <summary>A few words for a headline.</summary>
    public required string Title { get; init; }

    /// <summary>One plain sentence.</summary>
    public required string Explanation { get; init; }

    /// <summary>How sure it is.</summary>
    public required Confidence Confidence { get; init; }

    /// <summary>Facts that speak for it, oldest first; at most 12.</summary>
    public required IReadOnlyList<Fact> Evidence { get; init; }

    /// <summary>What to do, and where the right value is found.</summary>
    public required string Advice { get; init; }

    /// <summary>Whether it delayed or changed something and cost no recorded time that is still missing; such causes come last.</summary>
    public bool IsAside { get; init; }
}

/// <summary>Something that was observed.</summary>
/// <param name="At">When, in recording time; of what Agora told by Agora's clock. Null for a setting.</param>
/// <param name="Generation">The run that it is about, or null.</param>
/// <param name="Text">What was observed, in one sentence free of secrets.</param>
public sealed record Fact(DateTimeOffset? At, int? Generation, string Text);

/// <summary>How sure a cause is.</summary>
public enum Confidence
{
    /// <summary>Agora said so, or nothing else fits.</summary>
    Certain,

    /// <summary>The evidence fits this better than anything else that is known.</summary>
    Likely,

    /// <summary>The evidence does not rule it out.</summary>
    Possible,
}

/// <summary>The known causes; of equally sure ones the first here ranks first.</summary>
public enum CauseCode
{
    /// <summary>An operator closed it as lost.</summary>
    ClosedByOperator,

    /// <summary>Agora refused the request at once.</summary>
    RequestRefused,

    /// <summary>App ID, service or host of the project are wrong.</summary>
    ProjectMisconfigured,

    /// <summary>Agora refuses the credentials of the project.</summary>
    ProjectSuspended,

    /// <summary>The canvas of the mix is outside Agora's table.</summary>
    TranscodingRefused,

    /// <summary>A parameter of the start was found wrong only after Agora had accepted it.</summary>
    ParametersRefusedLate,

    /// <summary>The recorder's token ran out.</summary>
    TokenExpired,

    /// <summary>The recorder's token is wrong.</summary>
    TokenRefused,

    /// <summary>The channel needs tokens and the recorder has none.</summary>
    TokenMissing,

    /// <summary>The recorder uses a token and the clients do not.</summary>
    TokenOnlyAtRecorder,

    /// <summary>The recorder's uid is used by somebody else in the channel.</summary>
    UidTaken,

    /// <summary>Bucket, region or keys of the storage profile are wrong.</summary>
    StorageRefused,

    /// <summary>The bucket is far from the recorder, or uploads to it are slow.</summary>
    CrossRegion,

    /// <summary>The public address of the bucket does not show the files.</summary>
    PublicAddressWrong,

    /// <summary>The subscription leaves out everybody who publishes.</summary>
    SubscribedToNobody,

    /// <summary>The channel is encrypted in another way than the recorder was told.</summary>
    EncryptionMismatch,

    /// <summary>The web page could not be recorded.</summary>
    PageFailed,

    /// <summary>This service or its database fails.</summary>
    ServiceFault,

    /// <summary>Nothing is started in the project at present: an operator paused it, or its quota of recorders is used up.</summary>
    StartsHeld,

    /// <summary>Agora asks for fewer requests or has no recorder left within the quota.</summary>
    Throttled,

    /// <summary>Agora does not answer, or answers with server errors.</summary>
    AgoraUnavailable,

    /// <summary>A start was never answered with a sid.</summary>
    StartUnanswered,

    /// <summary>A recorder died or never became ready inside Agora.</summary>
    RecorderLost,

    /// <summary>Nobody ever published in the channel.</summary>
    NobodyPublished,

    /// <summary>Somebody published, and then nobody did for the idle time.</summary>
    FellSilent,

    /// <summary>Agora refused a change of layout or subscription.</summary>
    ChangeRefused,

    /// <summary>Something is wrong, and the evidence does not tell what.</summary>
    NotExplained,
}

using System.Runtime.CompilerServices;

namespace RecordingService.Client;

public sealed partial class RecordingClient
{
    /// <summary>Lines of a timeline in one answer; the service gives no more.</summary>
    private const int LinesPerPage = 500;

    /// <summary>Tells the layout that a mix is wanted to have, and whether its recorder has it.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RecordingProblemException"><c>not-found</c>, <c>not-in-this-mode</c>.</exception>
    public Task<DesiredLayout> GetLayoutAsync(Guid id, CancellationToken cancellationToken = default) =>
        SendAsync(Call.Get($"v1/recordings/{id}/layout"), ClientJson.Default.DesiredLayout, cancellationToken);

    /// <summary>Changes the layout of a live mix.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="change">What changes.</param>
    /// <param name="ifVersion">Only if it is still in this version (If-Match); null lets the last writer win, member by member.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RecordingProblemException"><c>precondition-failed</c> when somebody else was faster, <c>not-found</c>,
    /// <c>not-in-this-mode</c>, <c>recording-has-ended</c>, <c>invalid-request</c>.</exception>
    public Task<DesiredLayout> ChangeLayoutAsync(
        Guid id,
        ChangeLayoutRequest change,
        int? ifVersion = null,
        CancellationToken cancellationToken = default
    ) =>
        SendAsync(
            Call.Patch($"v1/recordings/{id}/layout").With(change, ClientJson.Default.ChangeLayoutRequest) with
            {
                IfVersion = ifVersion,
            },
            ClientJson.Default.DesiredLayout,
            cancellationToken
        );

    /// <summary>Tells whose sound and picture are wanted to be recorded, and whether the recorder does so.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RecordingProblemException"><c>not-found</c>, <c>not-in-this-mode</c>.</exception>
    public Task<DesiredSubscription> GetSubscriptionAsync(Guid id, CancellationToken cancellationToken = default) =>
        SendAsync(Call.Get($"v1/recordings/{id}/subscription"), ClientJson.Default.DesiredSubscription, cancellationToken);

    /// <summary>Changes whose sound and picture a live recording takes.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="change">What changes.</param>
    /// <param name="ifVersion">Only if it is still in this version (If-Match); null lets the last writer win, member by member.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RecordingProblemException"><c>precondition-failed</c> when somebody else was faster, <c>not-found</c>,
    /// <c>not-in-this-mode</c>, <c>recording-has-ended</c>, <c>invalid-request</c>.</exception>
    public Task<DesiredSubscription> ChangeSubscriptionAsync(
        Guid id,
        ChangeSubscriptionRequest change,
        int? ifVersion = null,
        CancellationToken cancellationToken = default
    ) =>
        SendAsync(
            Call.Patch($"v1/recordings/{id}/subscription").With(change, ClientJson.Default.ChangeSubscriptionRequest) with
            {
                IfVersion = ifVersion,
            },
            ClientJson.Default.DesiredSubscription,
            cancellationToken
        );

    /// <summary>For operators: does now whatever is due next.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="action">Who and why.</param>
    /// <param name="wait">How long the service may wait for a call to be answered, up to 90 s; null not to wait.</param>
    /// <param name="idempotencyKey">As in <see cref="StartAsync"/>.</param>
    /// <param name="cancellationToken">Ends the call; it may be done all the same.</param>
    /// <exception cref="RecordingProblemException"><c>not-found</c>, <c>not-in-this-state</c>, <c>invalid-request</c>.</exception>
    public Task<Recording> RecheckAsync(
        Guid id,
        OperatorActionRequest action,
        TimeSpan? wait = null,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    ) => ActAsync(id, "recheck", action, wait, idempotencyKey, cancellationToken);

    /// <summary>For operators: lets another recorder take over from the one that runs.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="action">Who and why.</param>
    /// <param name="wait">How long the service may wait until the other recorder is proven to run, up to 90 s; null not to wait.</param>
    /// <param name="idempotencyKey">As in <see cref="StartAsync"/>.</param>
    /// <param name="cancellationToken">Ends the call; it may be done all the same.</param>
    /// <exception cref="RecordingProblemException"><c>not-found</c>, <c>not-in-this-state</c>, <c>invalid-request</c>.</exception>
    public Task<Recording> ReplaceRecorderAsync(
        Guid id,
        OperatorActionRequest action,
        TimeSpan? wait = null,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    ) => ActAsync(id, "replace", action, wait, idempotencyKey, cancellationToken);

    /// <summary>For operators: ends a recording as lost. It is never taken back.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="action">Who and why.</param>
    /// <param name="wait">How long the service may wait until nothing will change any more, up to 90 s; null not to wait.</param>
    /// <param name="idempotencyKey">As in <see cref="StartAsync"/>.</param>
    /// <param name="cancellationToken">Ends the call; it may be done all the same.</param>
    /// <exception cref="RecordingProblemException"><c>not-found</c>, <c>not-in-this-state</c>, <c>invalid-request</c>.</exception>
    public Task<Recording> CloseAsync(
        Guid id,
        OperatorActionRequest action,
        TimeSpan? wait = null,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    ) => ActAsync(id, "close", action, wait, idempotencyKey, cancellationToken);

    /// <summary>Tells everything that happened to a recording so far, oldest first: who asked, what was called, what came back, what was decided.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="after">Only lines behind this <see cref="TimelineItem.Sequence"/>; 0 for all.</param>
    /// <param name="cancellationToken">Ends the list.</param>
    /// <exception cref="RecordingProblemException"><c>not-found</c>.</exception>
    public async IAsyncEnumerable<TimelineItem> GetTimelineAsync(
        Guid id,
        long after = 0,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        TimelinePage page;
        do
        {
            var call = Call.Get($"v1/recordings/{id}/timeline").Query("after", after).Query("limit", LinesPerPage);
            page = await SendAsync(call, ClientJson.Default.TimelinePage, cancellationToken).ConfigureAwait(false);
            foreach (var line in page.Items)
            {
                yield return line;
            }

            after = page.Next;
        } while (page.Items.Count == LinesPerPage);
    }

    /// <summary>Lists the files of all recorders of a recording that are known by address.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RecordingProblemException"><c>not-found</c>.</exception>
    public Task<RecordingFileList> GetFilesAsync(Guid id, CancellationToken cancellationToken = default) =>
        SendAsync(Call.Get($"v1/recordings/{id}/files"), ClientJson.Default.RecordingFileList, cancellationToken);

    /// <summary>Tells why a recording failed or is degraded: ranked causes, the evidence for each, and what to do.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RecordingProblemException"><c>not-found</c>.</exception>
    public Task<Diagnosis> GetDiagnosisAsync(Guid id, CancellationToken cancellationToken = default) =>
        SendAsync(Call.Get($"v1/recordings/{id}/diagnosis"), ClientJson.Default.Diagnosis, cancellationToken);

    private Task<Recording> ActAsync(
        Guid id,
        string verb,
        OperatorActionRequest action,
        TimeSpan? wait,
        string? idempotencyKey,
        CancellationToken cancellationToken
    ) =>
        SendAsync(
            Call.Post($"v1/recordings/{id}/{verb}").With(action, ClientJson.Default.OperatorActionRequest) with
            {
                IsRepeatable = true,
                IdempotencyKey = KeyOf(idempotencyKey),
                Wait = wait ?? TimeSpan.Zero,
            },
            ClientJson.Default.Recording,
            cancellationToken
        );
}

using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;

namespace RecordingService.Client;

/// <summary>Calls a RecordingService. One instance serves a whole program, from any number of threads.</summary>
/// <remarks>
/// A request that failed on its way, or was answered 408, 429, 502, 503 or 504, is sent again where that does no harm: reads, stops, starts and
/// operators' actions, which carry an Idempotency-Key of their own. Any other request is repeated only when it was provably not carried out: no
/// connection came about, or the answer was 429. Retry-After is heeded. Do not put another retry around or below it.
/// <para>Every method may throw, beside what it names: <see cref="RecordingProblemException"/> when the service refuses,
/// <see cref="RecordingUnavailableException"/> when it was not reached or did not answer, <see cref="InvalidDataException"/> when something else
/// answered, and <see cref="OperationCanceledException"/> when the caller cancels.</para>
/// </remarks>
public sealed partial class RecordingClient
{
    /// <summary>The service waits for 90 s at most; an HttpClient gives up after 100 s by default, and proxies sooner.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(50);

    private readonly Caller caller;

    /// <summary>Initialises a client.</summary>
    /// <param name="http">Whose BaseAddress is the service. It is neither changed nor disposed of.</param>
    /// <param name="options">How to call; null for the defaults, without an API key.</param>
    /// <exception cref="ArgumentException">The HttpClient has no BaseAddress.</exception>
    public RecordingClient(HttpClient http, RecordingClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        caller = new Caller(http, options ?? new RecordingClientOptions());
    }

    /// <summary>Asks to record a class. It is stored when this returns, and never forgotten afterwards.</summary>
    /// <param name="request">The class.</param>
    /// <param name="idempotencyKey">Makes repeats of this call safe, even after a crash of yours: 1 to 255 visible ASCII characters, such as your id of
    /// the lesson. Null for a new one, which makes the repeats within this call safe.</param>
    /// <param name="cancellationToken">Ends the call; the class may be recorded all the same.</param>
    /// <returns>The recording; the live one when the channel and label have one already with the same parameters.</returns>
    /// <exception cref="RecordingProblemException">Among others <c>invalid-request</c> with every violation, <c>differs-from-live-recording</c>,
    /// <c>idempotency-key-reused</c>, <c>no-storage-profile</c>.</exception>
    public Task<Recording> StartAsync(
        StartRecordingRequest request,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    ) => SendAsync(Start(request, idempotencyKey), ClientJson.Default.Recording, cancellationToken);

    /// <summary>Asks to record a class, and waits until a recorder is proven to run.</summary>
    /// <param name="request">The class.</param>
    /// <param name="within">How long to wait, outages of the service included. A start takes some 6 s; more when many start at once.</param>
    /// <param name="idempotencyKey">As in <see cref="StartAsync"/>.</param>
    /// <param name="cancellationToken">Ends the wait; the class is recorded all the same.</param>
    /// <returns>The recording: proven (<see cref="Recording.ConfirmedAt"/>), or ended before it was.</returns>
    /// <exception cref="RecordingWaitTimeoutException">No recorder was proven in time; the recording goes on.</exception>
    public Task<Recording> StartAndWaitAsync(
        StartRecordingRequest request,
        TimeSpan within,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    ) => RepeatUntilAsync(Start(request, idempotencyKey), IsProvenOrOver, within, "no recorder was proven to run", cancellationToken);

    /// <summary>Tells how a recording is, why, and where its playlist lies.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RecordingProblemException"><c>not-found</c>.</exception>
    public Task<Recording> GetAsync(Guid id, CancellationToken cancellationToken = default) =>
        SendAsync(Call.Get($"v1/recordings/{id}"), ClientJson.Default.Recording, cancellationToken);

    /// <summary>Tells the address of the playlist of the newest recorder, or null while there is none.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RecordingProblemException"><c>not-found</c>.</exception>
    public async Task<Uri?> GetPlaylistUrlAsync(Guid id, CancellationToken cancellationToken = default) =>
        (await GetAsync(id, cancellationToken).ConfigureAwait(false)).Files.PlaylistUrl;

    /// <summary>Lists recordings, newest first, page by page as they are read.</summary>
    /// <param name="filter">Which ones; null for all.</param>
    /// <param name="cancellationToken">Ends the list.</param>
    /// <exception cref="RecordingProblemException"><c>invalid-request</c>.</exception>
    public async IAsyncEnumerable<Recording> ListAsync(
        RecordingFilter? filter = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        string? cursor = null;
        do
        {
            var page = await ListPageAsync(filter, cursor, cancellationToken).ConfigureAwait(false);
            foreach (var recording in page.Items)
            {
                yield return recording;
            }

            cursor = page.NextCursor;
        } while (cursor is not null);
    }

    /// <summary>Reads one page of the list, for programs that show pages themselves.</summary>
    /// <param name="filter">Which ones; null for all. The same for all pages of a list.</param>
    /// <param name="cursor"><see cref="RecordingPage.NextCursor"/> of the page before; null for the first.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RecordingProblemException"><c>invalid-request</c>.</exception>
    public Task<RecordingPage> ListPageAsync(
        RecordingFilter? filter = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        SendAsync(
            Call.Get("v1/recordings")
                .Query("channel", filter?.Channel)
                .Query("state", filter?.State is { } state ? TolerantEnumConverter<RecordingState>.WordOf(state) : null)
                .Query("roomType", filter?.RoomType)
                .Query("project", filter?.Project)
                .Query("externalId", filter?.ExternalId)
                .Query("from", filter?.From)
                .Query("to", filter?.To)
                .Query("cursor", cursor)
                .Query("limit", filter?.PageSize),
            ClientJson.Default.RecordingPage,
            cancellationToken
        );

    /// <summary>Extends, shortens or relabels a live recording.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="change">What changes.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RecordingProblemException"><c>not-found</c>, <c>recording-has-ended</c>, <c>invalid-request</c>.</exception>
    public Task<Recording> ChangeAsync(Guid id, ChangeRecordingRequest change, CancellationToken cancellationToken = default) =>
        SendAsync(
            Call.Patch($"v1/recordings/{id}").With(change, ClientJson.Default.ChangeRecordingRequest),
            ClientJson.Default.Recording,
            cancellationToken
        );

    /// <summary>Asks to stop a recording. Safe early, late and twice.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="cancellationToken">Ends the call; the recording may be stopped all the same.</param>
    /// <returns>The recording, whose recorders leave and whose files arrive from now on.</returns>
    /// <exception cref="RecordingProblemException"><c>not-found</c>.</exception>
    public Task<Recording> StopAsync(Guid id, CancellationToken cancellationToken = default) =>
        SendAsync(Stop(id), ClientJson.Default.Recording, cancellationToken);

    /// <summary>Asks to stop a recording, and waits until nothing will change any more: it is completed, failed or aborted, and its files are final.</summary>
    /// <param name="id">The recording.</param>
    /// <param name="within">How long to wait, outages of the service included. Some seconds as a rule; after a recorder that died up to 20 min, and up to
    /// 24 h while files that are known of do not come.</param>
    /// <param name="cancellationToken">Ends the wait; the recording is stopped all the same.</param>
    /// <exception cref="RecordingWaitTimeoutException">Its files are not final in time; they are looked for on.</exception>
    /// <exception cref="RecordingProblemException"><c>not-found</c>.</exception>
    public Task<Recording> StopAndWaitAsync(Guid id, TimeSpan within, CancellationToken cancellationToken = default) =>
        RepeatUntilAsync(Stop(id), recording => recording.IsFinal, within, "its files are not final", cancellationToken);

    /// <summary>Stops whatever is live in a channel, for callers that kept no id.</summary>
    /// <param name="channel">The channel; '.' and '..' cannot be named in an address: stop their recordings by id.</param>
    /// <param name="project">Only this project; null for all.</param>
    /// <param name="label">Only this label; null for all.</param>
    /// <param name="cancellationToken">Ends the call; the recordings may be stopped all the same.</param>
    /// <returns>The recordings that this request stopped; none when nothing was live. When an answer was lost on its way, those of that answer are missing.</returns>
    /// <exception cref="ArgumentException">The channel cannot be named in an address.</exception>
    /// <exception cref="RecordingProblemException"><c>invalid-request</c>.</exception>
    public async Task<IReadOnlyList<Recording>> StopChannelAsync(
        string channel,
        string? project = null,
        string? label = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(channel);
        if (channel is "." or "..")
        {
            throw new ArgumentException(
                $"The channel '{channel}' cannot be named in an address; stop its recordings by id.",
                nameof(channel)
            );
        }

        var call = Call.Post($"v1/channels/{Uri.EscapeDataString(channel)}/stop").Query("project", project).Query("label", label) with
        {
            IsRepeatable = true,
        };
        return (await SendAsync(call, ClientJson.Default.StoppedRecordings, cancellationToken).ConfigureAwait(false)).Items;
    }

    private static Call Start(StartRecordingRequest request, string? idempotencyKey) =>
        Call.Post("v1/recordings").With(request, ClientJson.Default.StartRecordingRequest) with
        {
            IsRepeatable = true,
            IdempotencyKey = KeyOf(idempotencyKey),
        };

    private static Call Stop(Guid id) => Call.Post($"v1/recordings/{id}/stop") with { IsRepeatable = true };

    private static string KeyOf(string? own)
    {
        if (own is null)
        {
            return Guid.NewGuid().ToString();
        }

        if (own.Length is 0 or > 255 || own.Any(c => c is <= ' ' or > '~'))
        {
            throw new ArgumentException("An idempotency key has 1 to 255 visible ASCII characters.", nameof(own));
        }

        return own;
    }

    private static bool IsProvenOrOver(Recording recording) => recording.ConfirmedAt is not null || recording.EndedAt is not null;

    private Task<T> SendAsync<T>(Call call, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        caller.SendAsync(call, type, patience: null, cancellationToken);
}

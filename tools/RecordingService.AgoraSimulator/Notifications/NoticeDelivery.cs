using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace RecordingService.Simulation;

/// <summary>Brings one notice to its receiver, however often that takes, and journals each attempt.</summary>
internal sealed class NoticeDelivery(RecordingClock clock, SimulatorJournal journal) : IDisposable
{
    private const string ForgersSecret = "not the secret";

    // The answer's time limit is set for each attempt.
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };

    public async Task DeliverAsync(Notice notice, NoticeFate fate, CancellationToken cancellationToken)
    {
        if (fate.IsLost)
        {
            journal.Add(Entry(notice, 0, NoticeOutcome.Lost, null, false, notice.Body(clock.Now)));
            return;
        }

        await clock.WaitUntilAsync(fate.Due, cancellationToken);
        for (var copy = 0; copy < fate.Copies; copy++)
        {
            await RepeatAsync(notice, fate, cancellationToken);
        }
    }

    public void Dispose() => client.Dispose();

    private async Task RepeatAsync(Notice notice, NoticeFate fate, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= 1 + fate.Settings.Retries; attempt++)
        {
            if (attempt > 2)
            {
                await clock.WaitUntilAsync(clock.Now + fate.Settings.RetryStep * (attempt - 2), cancellationToken);
            }

            if (await PostAsync(notice, fate, attempt, cancellationToken) == NoticeOutcome.Delivered)
            {
                return;
            }
        }
    }

    private async Task<NoticeOutcome> PostAsync(Notice notice, NoticeFate fate, int attempt, CancellationToken cancellationToken)
    {
        var body = notice.Body(clock.Now);
        var secret = Encoding.UTF8.GetBytes(fate.Settings.Forge ? ForgersSecret : fate.Secret);
        using var request = new HttpRequestMessage(HttpMethod.Post, fate.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json") { CharSet = "utf-8" };
        // Agora documents SHA1 for its older signature.
#pragma warning disable CA5350
        request.Headers.Add("Agora-Signature", Convert.ToHexStringLower(HMACSHA1.HashData(secret, body)));
#pragma warning restore CA5350
        request.Headers.Add("Agora-Signature-V2", Convert.ToHexStringLower(HMACSHA256.HashData(secret, body)));
        var (outcome, status) = await ExchangeAsync(request, fate.Settings.AnswerTimeout, cancellationToken);
        journal.Add(Entry(notice, attempt, outcome, status, fate.Settings.Forge, body));
        return outcome;
    }

    private async Task<(NoticeOutcome Outcome, int? Status)> ExchangeAsync(
        HttpRequestMessage request,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
    {
        using var timeout = new CancellationTokenSource(patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var response = await client.SendAsync(request, either.Token);
            var isAccepted = response.StatusCode == HttpStatusCode.OK && IsJson(await response.Content.ReadAsByteArrayAsync(either.Token));
            return (isAccepted ? NoticeOutcome.Delivered : NoticeOutcome.Refused, (int)response.StatusCode);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return (NoticeOutcome.Unanswered, null);
        }
    }

    private static bool IsJson(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private JournaledNotice Entry(Notice notice, int attempt, NoticeOutcome outcome, int? status, bool forged, byte[] body) =>
        new(
            Number: 0,
            clock.Now,
            notice.Id,
            notice.AppId,
            notice.Task.Channel,
            notice.Task.Uid,
            notice.Sid,
            notice.EventType,
            notice.Sequence,
            attempt,
            outcome,
            status,
            forged,
            Encoding.UTF8.GetString(body)
        );
}

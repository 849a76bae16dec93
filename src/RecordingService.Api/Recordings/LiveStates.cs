using RecordingService.Api.Requests;
using RecordingService.Domain.Recordings;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Recordings;

/// <summary>A state of a live recording that callers change member by member, and Agora takes as a whole.</summary>
internal abstract class LiveState<T>
{
    public abstract string Name { get; }

    public abstract bool ExistsIn(RecordingMode mode);

    public abstract Desired<T>? Asked(Recording recording);

    /// <summary>What the recording has while nobody has asked for anything.</summary>
    public abstract T First(RecordingPolicy policy);

    /// <summary>Reads the changes, to be laid over whatever is stored when they are.</summary>
    public abstract Func<T, T> ReadChanges(RequestBody body);

    public abstract IReadOnlyList<RuleViolation> Check(T state, RecordingPolicy policy);

    public abstract Task<bool> StoreAsync(
        RecordingRequests requests,
        Guid id,
        Desired<T> next,
        string caller,
        CancellationToken cancellationToken
    );

    public abstract object Show(Recording recording, Desired<T> state);

    /// <summary>A member that was named takes its new value, or its default when that is null; others stay.</summary>
    protected static Func<TMember, TMember> Member<TMember>(RequestBody body, string name, TMember value) =>
        body.Names(name) ? _ => value : before => before;
}

/// <summary>The layout of a mix.</summary>
internal sealed class LayoutState : LiveState<MixLayout>
{
    public override string Name => "layout";

    public override bool ExistsIn(RecordingMode mode) => mode == RecordingMode.Mix;

    public override Desired<MixLayout>? Asked(Recording recording) => recording.Wishes.Layout;

    public override MixLayout First(RecordingPolicy policy) => new() { Kind = policy.Layout };

    public override Func<MixLayout, MixLayout> ReadChanges(RequestBody body)
    {
        var otherwise = new MixLayout();
        var kind = Member(body, "kind", body.OneOf<VideoLayout>("kind") ?? otherwise.Kind);
        var largeUid = Member(body, "largeUid", body.Uid("largeUid"));
        var color = Member(body, "backgroundColor", body.Text("backgroundColor", "a color", _ => true) ?? otherwise.BackgroundColor);
        var image = Member(body, "backgroundImage", ReadImage(body, "backgroundImage"));
        var userImage = Member(body, "userBackgroundImage", ReadImage(body, "userBackgroundImage"));
        var regions = Member(body, "regions", ReadAll(body, "regions", ReadRegion));
        var backgrounds = Member(body, "userBackgrounds", ReadAll(body, "userBackgrounds", ReadBackground));
        return before =>
            new()
            {
                Kind = kind(before.Kind),
                LargeUid = largeUid(before.LargeUid),
                BackgroundColor = color(before.BackgroundColor),
                BackgroundImage = image(before.BackgroundImage),
                UserBackgroundImage = userImage(before.UserBackgroundImage),
                Regions = regions(before.Regions),
                UserBackgrounds = backgrounds(before.UserBackgrounds),
            };
    }

    public override IReadOnlyList<RuleViolation> Check(MixLayout state, RecordingPolicy policy) =>
        policy.StreamTypes == StreamTypes.Audio
            ? [new("kind", null, "cannot be changed where only sound is recorded.", "Agora, start, transcodingConfig")]
            : LayoutRules.Check(state);

    public override Task<bool> StoreAsync(
        RecordingRequests requests,
        Guid id,
        Desired<MixLayout> next,
        string caller,
        CancellationToken cancellationToken
    ) => requests.ChangeLayoutAsync(id, next, caller, cancellationToken);

    public override object Show(Recording recording, Desired<MixLayout> state) =>
        new DesiredLayout(
            new()
            {
                Kind = state.Value.Kind,
                LargeUid = state.Value.LargeUid,
                BackgroundColor = state.Value.BackgroundColor,
                BackgroundImage = state.Value.BackgroundImage,
                UserBackgroundImage = state.Value.UserBackgroundImage,
                Regions =
                [
                    .. state.Value.Regions.Select(r => new LayoutRegionResource(r.X, r.Y, r.Width, r.Height, r.Uid, r.Alpha, r.Fit)),
                ],
                UserBackgrounds = [.. state.Value.UserBackgrounds.Select(b => new UserBackgroundResource(b.Uid, b.Image, b.Fit))],
            },
            state.Version,
            AppliedVersions.OfLayout(recording)
        );

    private static IReadOnlyList<TItem> ReadAll<TItem>(RequestBody body, string name, Func<RequestBody, TItem?> read)
        where TItem : class => [.. (body.Objects(name) ?? []).Select(read).OfType<TItem>()];

    private static LayoutRegion? ReadRegion(RequestBody body)
    {
        var uid = body.Uid("uid");
        var (x, y) = (body.Fraction("x", required: true), body.Fraction("y", required: true));
        var (width, height) = (body.Fraction("width", required: true), body.Fraction("height", required: true));
        var (alpha, fit) = (body.Fraction("alpha"), body.Flag("fit"));
        body.RefuseUnknown();
        return x is { } left && y is { } upper && width is { } w && height is { } h
            ? new(uid, left, upper, w, h, alpha ?? 1, fit ?? false)
            : null;
    }

    private static UserBackground? ReadBackground(RequestBody body)
    {
        var uid = body.Uid("uid", required: true);
        var image = ReadImage(body, "image", required: true);
        var fit = body.Flag("fit");
        body.RefuseUnknown();
        return uid is { } user && image is not null ? new(user, image, fit ?? false) : null;
    }

    private static Uri? ReadImage(RequestBody body, string name, bool required = false) =>
        body.Text(name, "an address", text => Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out _), required) is { } text
            ? new(text, UriKind.RelativeOrAbsolute)
            : null;
}

/// <summary>Whose sound and picture are recorded.</summary>
internal sealed class SubscriptionState : LiveState<Subscription>
{
    public override string Name => "subscription";

    public override bool ExistsIn(RecordingMode mode) => mode != RecordingMode.WebPage;

    public override Desired<Subscription>? Asked(Recording recording) => recording.Wishes.Subscription;

    public override Subscription First(RecordingPolicy policy) => Subscription.Everybody;

    public override Func<Subscription, Subscription> ReadChanges(RequestBody body)
    {
        var audio = Member(body, "audio", ReadSelection(body, "audio"));
        var video = Member(body, "video", ReadSelection(body, "video"));
        return before => new(audio(before.Audio), video(before.Video));
    }

    public override IReadOnlyList<RuleViolation> Check(Subscription state, RecordingPolicy policy) =>
        SubscriptionRules.Check(state, policy.StreamTypes);

    public override Task<bool> StoreAsync(
        RecordingRequests requests,
        Guid id,
        Desired<Subscription> next,
        string caller,
        CancellationToken cancellationToken
    ) => requests.ChangeSubscriptionAsync(id, next, caller, cancellationToken);

    public override object Show(Recording recording, Desired<Subscription> state) =>
        new DesiredSubscription(
            new(Show(state.Value.Audio), Show(state.Value.Video)),
            state.Version,
            AppliedVersions.OfSubscription(recording)
        );

    private static StreamSelection ReadSelection(RequestBody body, string name)
    {
        if (body.Object(name) is not { } members)
        {
            return StreamSelection.All;
        }

        var (only, allBut) = (members.Uids("only"), members.Uids("allBut"));
        members.RefuseUnknown();
        if (only is not null && allBut is not null)
        {
            members.Refuse([
                new(
                    "allBut",
                    $"{allBut.Count} uids",
                    "must be left out beside only: one of the two says it all.",
                    "Agora, update, streamSubscribe"
                ),
            ]);
        }

        return only is not null ? new(SelectionKind.Only, only)
            : allBut is not null ? new(SelectionKind.AllBut, allBut)
            : StreamSelection.All;
    }

    private static SelectionResource? Show(StreamSelection selection) =>
        selection.Kind switch
        {
            SelectionKind.All => null,
            SelectionKind.Only => new(Only: selection.Uids),
            SelectionKind.AllBut => new(AllBut: selection.Uids),
        };
}

/*
 * Who may write, and from where: election, fencing and commit of one task. For Spin; README.md beside this file says what
 * each step is in the code, and test/model/failover.test.ts runs it, whole and with each mistake planted (-D<MISTAKE>).
 *
 *   spin -a -DWANTED=1 failover.pml && gcc -O2 -DSAFETY -DCOLLAPSE -o pan pan.c && ./pan -E -m20000
 *
 * A Core can be slow at every step: between any two lines that are not in one `atomic` or `d_step`, anything happens
 * elsewhere. Its session may end without its knowing; it may notice, or go on for as long as it likes. A commit's
 * request or its answer may be lost. Time, leases and connections do not occur: nothing here rests on them.
 */
#ifndef CORES
#define CORES 2
#endif
#ifndef WANTED
#define WANTED 1        /* 1: cold standby, who is beyond it withdraws; CORES: hot standby */
#endif
#ifndef ROWS
#define ROWS 3          /* the source: a transaction of rows 1 and 2, then one of row 3 */
#endif
#ifndef EXPIRIES
#define EXPIRIES 3      /* sessions that end, whatever their Cores believe */
#endif
#ifndef DOUBTS
#define DOUBTS 2        /* commits whose request or answer is lost */
#endif
#ifndef HAND_OVERS
#define HAND_OVERS 2
#endif
#define NOBODY 255

/* ---- ZooKeeper: the line of instances; a node's creation zxid is its Core's term. 0: no node. */
byte node[3];
bool kept[3];           /* this Core has looked at the line and stays in it */
byte zxid;
#define before(c) (node[c] != 0 && node[c] < node[me])
#define ahead (before(0) + before(1) + before(2))
#define staying ((node[0] != 0 && kept[0]) + (node[1] != 0 && kept[1]) + (node[2] != 0 && kept[2]))
#define living ((node[0] != 0) + (node[1] != 0) + (node[2] != 0))

/* ---- ZooKeeper: lastCommit. `fresh`: the version that this Core holds is still the node's. */
byte lastPosition, lastTerm;
bool fresh[3];

/* ---- Kafka: who initialised the transactional id last; the commit that is decided but not yet visible; the stored record */
byte producer = NOBODY;
bool pending;
byte pendingPosition, pendingTerm;
byte storedStart, storedRows, storedTerm;  /* the transaction's start, and the rows of it that are done */
byte end;               /* rows delivered, decided commits included */
byte newestTerm;        /* of any record, claims included */
byte copying;           /* newest term that has begun to copy */

byte expiries, doubts, handOvers;

/* Rows 1 and 2 are one transaction: after row 1 the place is its start and one row. */
#define startOf(p) ((p) == 1 -> 0 : (p))

#ifdef ROW_FORGOTTEN
#define rowsOf(p) 0
#else
#define rowsOf(p) ((p) - startOf(p))
#endif

#ifdef NO_FENCE
#define fenced false
#else
#define fenced (producer != me)
#endif

/*
 * The Core looks whether it still leads: it may have noticed that its session is over, or not yet. In one atomic with what
 * follows, since a Core that looked and was slow then is one that has not noticed.
 */
inline notice() {
  if
  :: node[me] == 0 -> goto stepDown
  :: true
  fi
}

/* The commit is refused or in doubt: this producer ends, and all is asked anew. */
inline again() {
  n = 0;
  goto initialise
}

/* The coordinator accepts the commit of `n` rows after `position`, with the place and the term: from here it is decided. */
inline accept(n) {
  assert(position == end);                       /* EXACTLY ONCE: nothing lost, doubled, out of order */
  assert(myTerm >= newestTerm);                  /* TERMS: no record of a past term after one of a newer */
  assert(myTerm >= copying);                     /* TAKEN OVER: none at all once a newer one copies */
  newestTerm = myTerm;
  end = position + n;
  pending = true; pendingPosition = end; pendingTerm = myTerm
}

/* lastCommit becomes `position`; whoever calls it has compared the version in the same `atomic`. */
inline writeLastCommit() {
  assert(position >= lastPosition);              /* FORWARD */
  assert(position <= end);                       /* DURABLE: never past what is delivered */
  assert(myTerm >= lastTerm && myTerm >= copying);   /* LAST TERMS */
  lastPosition = position; lastTerm = myTerm;
  fresh[0] = (me == 0); fresh[1] = (me == 1); fresh[2] = (me == 2)
}

#ifdef LAST_COMMIT_UNGUARDED
#define current true
#else
#define current fresh[me]
#endif

proctype Core(byte me) {
  byte myTerm, position, seenTerm, n;
#ifdef READ_ONCE
  bool haveRead;
#endif
#ifdef LIST_FIRST
  byte listed;
#endif

elect:                                           /* 1. join the line */
  atomic {
    living < WANTED || end == ROWS;
    if
    :: end == ROWS -> goto done
    :: else
    fi;
#ifdef LIST_FIRST
    listed = living
#else
    skip
#endif
  };
  atomic {                                       /*    the scan is old by the time the node is made */
    zxid++; node[me] = zxid; myTerm = zxid
  }

list:                                            /* 2. list it: lead, stand by, or withdraw */
  atomic {
#ifdef LIST_FIRST
    if
    :: listed == 0 -> kept[me] = true; goto lead
    :: else
    fi;
#endif
    if
    :: node[me] == 0 -> goto stepDown
    :: node[me] != 0 && ahead == 0 -> kept[me] = true; assert(staying <= WANTED); goto lead
#ifndef NO_WITHDRAWAL
    :: node[me] != 0 && ahead >= WANTED -> goto stepDown
    :: node[me] != 0 && ahead != 0 && ahead < WANTED ->
#else
    :: node[me] != 0 && ahead != 0 ->
#endif
       kept[me] = true;
       assert(staying <= WANTED)                 /* WANTED: no more stay in line than are wanted */
    fi
  }
  (node[me] == 0 || ahead == 0 || end == ROWS);  /*    watch the one just before */
  if
  :: end == ROWS -> goto done
  :: else -> goto list
  fi;

lead:
  assert(node[me] == 0 || ahead == 0);           /* LOWEST LEADS */

lastCommit:                                      /* 3. claim lastCommit: our term, the same position */
#ifndef LAST_COMMIT_UNCLAIMED
  atomic { seenTerm = lastTerm; fresh[me] = true };
  if
  :: seenTerm > myTerm -> goto stepDown
  :: else -> seenTerm = 0
  fi;
  atomic {
    if
    :: fresh[me] ->
       assert(myTerm >= lastTerm);
       lastTerm = myTerm;
       fresh[0] = (me == 0); fresh[1] = (me == 1); fresh[2] = (me == 2)
    :: !fresh[me] -> goto lastCommit
    fi
  };
#else
  fresh[me] = true;
#endif

initialise:                                      /* 4. initialise the producer, if we still lead: fences and settles */
#ifdef READ_FIRST
  atomic { notice(); position = storedStart + storedRows; seenTerm = storedTerm };
#endif
#ifdef READ_UNSETTLED
  atomic { notice(); producer = me };
#else
  atomic { !pending -> notice(); producer = me };
#endif

  d_step {                                       /* 5. only then read the stored record */
#ifdef READ_ONCE
    if
    :: !haveRead -> position = storedStart + storedRows
    :: else
    fi;
    haveRead = true;
    seenTerm = storedTerm
#else
#ifndef READ_FIRST
#ifdef FROM_LAST_COMMIT
    position = lastPosition;
#else
    position = storedStart + storedRows;
#endif
    seenTerm = storedTerm
#else
    skip
#endif
#endif
  };

#ifndef NO_TERM_CHECK
  if                                             /* 6. a greater term: I am the zombie */
  :: seenTerm > myTerm -> goto stepDown
  :: else -> seenTerm = 0
  fi;
#endif

#ifndef NO_CLAIM
  atomic {                                       /* 7. the claim: our term, the same position */
    if
    :: fenced -> goto initialise
    :: !fenced && !pending ->
       if
       :: accept(0);
          if
          :: doubts < DOUBTS -> doubts++; goto initialise
          :: true
          fi
       :: doubts < DOUBTS -> doubts++; goto initialise
       fi
    fi;
    copying = myTerm
  };
#else
  copying = (myTerm > copying -> myTerm : copying);
#endif

copy:                                            /* 8. data, each chunk with its position in one transaction */
  atomic {
    if
    :: position == ROWS -> goto stop
    :: position < ROWS && (fenced || !pending)
    fi;
    notice();
    if
    :: n = 1                                     /*    a chunk may end inside a transaction */
    :: position + 2 <= ROWS -> n = 2
    fi;
#ifdef LAST_COMMIT_FIRST
    if
    :: current -> position = position + n; writeLastCommit(); position = position - n
    :: else -> goto stepDown
    fi;
#endif
    if
    :: fenced -> again()                         /*    do I still lead? */
    :: !fenced && !pending ->
       if
       :: accept(n);
          if
          :: doubts < DOUBTS ->                  /*    the answer is lost: a new producer finds out */
             doubts++;
#ifdef DOUBT_IS_SUCCESS
             position = position + n
#else
#ifdef DOUBT_IS_FAILURE
             goto copy
#else
             again()
#endif
#endif
          :: true -> position = position + n
          fi
       :: doubts < DOUBTS ->                     /*    the request is lost */
          doubts++;
#ifdef DOUBT_IS_SUCCESS
          position = position + n
#else
#ifdef DOUBT_IS_FAILURE
          goto copy
#else
          again()
#endif
#endif
       fi
    fi;
    n = 0;
#ifdef POSITION_APART
  };
  atomic {
    storedStart = startOf(position); storedRows = rowsOf(position); storedTerm = myTerm;
#endif
    if
    :: goto copy
    :: goto follow
    :: handOvers < HAND_OVERS -> handOvers++; goto stop
    fi
  };

follow:                                          /* 9. lastCommit follows, now and then */
  atomic {
    if
    :: current -> writeLastCommit(); goto copy
    :: !current -> goto stepDown
    fi
  };

stop:                                            /* 10. hand-over: the chunk is done; lastCommit; only then the node */
#ifdef HAND_OVER_EARLY
  atomic { assert(node[me] == 0 || lastPosition == end); node[me] = 0; kept[me] = false };
#endif
#ifndef HAND_OVER_UNSTORED
  atomic {
    if
    :: current -> writeLastCommit()
    :: !current -> goto stepDown
    fi
  };
#endif
  atomic {
    assert(node[me] == 0 || lastPosition == end);   /* HAND-OVER: the next one has nothing to repeat */
    goto stepDown
  };

stepDown:                                        /* 11. give up the node, if it is there; back to the end of the line */
  atomic {
    /* A term that nobody saw in use is given again: no difference, but fewer states. */
    zxid = (node[me] != 0 && node[me] == zxid && !kept[me] -> zxid - 1 : zxid);
    node[me] = 0; kept[me] = false; fresh[me] = false;
    myTerm = 0; position = 0; seenTerm = 0; n = 0;
#ifdef READ_ONCE
    haveRead = false
#else
    skip
#endif
  };
  goto elect;

done:
  skip
}

/* A decided commit becomes visible at some later time. */
proctype Coordinator() {
end0:
  do
  :: d_step {
       pending -> pending = false;
#ifndef POSITION_APART
       storedStart = startOf(pendingPosition); storedRows = rowsOf(pendingPosition); storedTerm = pendingTerm;
#endif
       pendingPosition = 0; pendingTerm = 0
     }
  od
}

/* Sessions end at the servers; their Cores may notice it at some later time, or never. */
proctype Sessions() {
  byte c;
end0:
  do
  :: atomic {
       expiries < EXPIRIES && end < ROWS;
       if
       :: node[0] != 0 -> c = 0
       :: node[1] != 0 -> c = 1
#if CORES > 2
       :: node[2] != 0 -> c = 2
#endif
       fi;
       expiries++; node[c] = 0; kept[c] = false; c = 0
     }
  od
}

init {
  atomic {
    run Core(0);
    run Core(1);
#if CORES > 2
    run Core(2);
#endif
    run Coordinator();
    run Sessions()
  }
}
